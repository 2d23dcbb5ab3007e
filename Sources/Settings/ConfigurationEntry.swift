import Formats

/// One setting as it was read: what counts, and where that comes from.
public struct ConfigurationEntry: Sendable, Hashable {
    public enum Source: Sendable, Hashable {
        /// What holds where the file says nothing.
        case standard
        /// The configuration file; the line is counted from 1.
        case file(line: Int?)
        /// Another setting, by its key.
        case setting(String)
        /// An option of the command line, such as `--breaker-patience`.
        case option(String)
    }

    /// With dots: `database.port`, `probes[0].name`.
    public var key: String
    /// As it counts; a secret, and what references in places of secrets gave, stand in it as placeholders. Null where nothing is set.
    public var value: JSONValue
    public var source: Source
    /// What the file refers to in it, such as `${env:NAME}`.
    public var references: [String]
    /// False for a secret whose value is not known: its variable is not set, or Secrets Manager was not asked.
    public var isResolved: Bool
}

extension Duration {
    /// As a configuration writes it: `90s`, `500ms`.
    var settingText: String {
        let milliseconds = self.milliseconds.rounded()
        let seconds = (milliseconds / 1000).rounded()
        return seconds * 1000 == milliseconds ? "\(seconds.wholeText)s" : "\(milliseconds.wholeText)ms"
    }
}
