import Formats

/// What reading a configuration brought to light beside its values. It is no part of what a run depends on.
public struct ConfigurationNotes: Sendable, Hashable {
    /// What works and is worth a second look: secrets that cannot be masked well.
    public var warnings: [ConfigurationWarning] = []
    /// The words of the file, in lower case: they say nothing of a secret.
    public var words: Set<String> = []
    /// The lines of sections and of the keys in them, such as `services.api`.
    public var lines: [String: Int] = [:]
    /// Every setting with what counts and where that comes from, section by section.
    public var entries: [ConfigurationEntry] = []
    /// How many more there are that are not in ``entries``.
    public var furtherEntries = 0

    /// Says that an option of the command line replaces a setting.
    mutating func replace(_ key: String, _ value: JSONValue, by option: String) {
        guard let place = entries.firstIndex(where: { $0.key == key }) else { return }
        entries[place].value = value
        entries[place].source = .option(option)
        entries[place].references = []
    }
}

extension ConfigurationNotes: CustomStringConvertible, CustomReflectable {
    public var description: String { "notes" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Something in a configuration that works and is worth a second look.
public struct ConfigurationWarning: Sendable, Hashable, CustomStringConvertible {
    public var file: String
    public var line: Int?
    public var key: String
    public var text: String

    public var description: String { "\(file)\(line.map { ":\($0)" } ?? "") \(key): \(text)" }
}
