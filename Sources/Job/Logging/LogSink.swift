import Durable
import Formats
import Foundation
import Logging
import Secrets
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// How log lines look on stderr.
public enum LogFormat: String, CaseIterable, Sendable {
    case text, json
}

/// The fields of a log line that name the trace, as OpenTelemetry names them in logs of other forms.
enum LogField {
    static let trace = "trace_id"
    static let span = "span_id"
    /// What a line of text leaves out or writes in a place of its own.
    static let implied: Set = ["run", "phase", "check", trace, span]
}

/// Where log lines go: to stderr at the chosen level, and in full, as JSON lines, to a file of the run.
///
/// Every line passes the redactor first.
public final class LogSink: Sendable {
    private let format: LogFormat
    private let level: Logger.Level
    private let state = Mutex(State())

    private struct State {
        var redactor = Redactor.process
        var file: FileHandle?
    }

    public init(format: LogFormat, level: Logger.Level) {
        self.format = format
        self.level = level
    }

    /// Makes a logger whose lines come here.
    public func logger(_ label: String) -> Logger {
        Logger(label: label) { _ in JobLogHandler(sink: self) }
    }

    /// From here on these secrets are masked.
    public func redact(with redactor: Redactor) { state.withLock { $0.redactor = redactor } }

    /// From here on lines also go to this file, after what it holds.
    public func append(toFile path: String) throws {
        let descriptor = PrivateFile.open(path, O_WRONLY | O_CREAT | O_APPEND)
        guard descriptor >= 0 else {
            throw StateError.unusable(path: path, reason: SystemError(errno).writing)
        }
        state.withLock { $0.file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true) }
    }

    /// The file is complete; later lines go to stderr only.
    public func closeFile() {
        state.withLock { state in
            try? state.file?.close()
            state.file = nil
        }
    }

    private static func write(_ line: RedactedText, to file: FileHandle) {
        try? file.write(contentsOf: Data((line.text + "\n").utf8))
    }

    fileprivate func write(_ line: LogLine) {
        state.withLock { state in
            let line = line.redacted(by: state.redactor)
            let json = line.json
            state.file.map { Self.write(json, to: $0) }
            guard line.level >= level else { return }
            // Nobody may be reading stderr any more; the file has the line.
            let shown = format == .json ? json.formatted(TerminalText.safeJSON) : line.text
            Self.write(shown, to: .standardError)
        }
    }
}

/// One line of the log.
private struct LogLine {
    let at: Date
    let level: Logger.Level
    let message: String
    let metadata: [String: String]

    /// Text by text, so that what is masked cannot break the form of the line.
    func redacted(by redactor: Redactor) -> RedactedLogLine {
        RedactedLogLine(
            at: at, level: level, message: redactor.redact(message, for: .log),
            metadata: metadata.mapValues { redactor.redact($0, for: .log) })
    }
}

/// A line of the log in which no secret is left.
private struct RedactedLogLine {
    let at: Date
    let level: Logger.Level
    let message: RedactedText
    let metadata: [String: RedactedText]

    var json: RedactedText {
        message.formatted { message in
            let fields = ["time": Timestamp.text(at), "level": level.rawValue, "message": message]
            let text = try? JSON.text(fields.merging(metadata.mapValues(\.text)) { own, _ in own })
            return text ?? "{\"level\":\"error\",\"message\":\"a log line could not be written as JSON\"}"
        }
    }

    /// `12:34:56.789 warning [CB-01] message key=value`
    var text: RedactedText {
        let time = Timestamp.text(at).dropFirst(11).dropLast()
        let check = metadata["check"].map { "[\($0)] " } ?? ""
        let rest = metadata.filter { !LogField.implied.contains($0.key) }.sorted { $0.key < $1.key }
            .map { " \($0.key)=\($0.value)" }.joined()
        return message.formatted { message in
            TerminalText.safe(
                "\(time) \(level.rawValue.padding(toLength: 7, withPad: " ", startingAt: 0)) \(check)\(message)\(rest)")
        }
    }
}

/// Hands lines of swift-log to a ``LogSink``.
private struct JobLogHandler: LogHandler {
    let sink: LogSink
    var metadata: Logger.Metadata = [:]
    /// The file takes everything, so nothing is held back here; stderr filters in the sink.
    var logLevel: Logger.Level = .debug

    init(sink: LogSink) { self.sink = sink }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, own in own }
        sink.write(
            LogLine(at: Date(), level: event.level, message: "\(event.message)", metadata: all.mapValues { "\($0)" }))
    }
}

extension RedactedText {
    /// The text as ``TerminalText`` makes it safe.
    public var terminalSafe: RedactedText { formatted(TerminalText.safe) }
}
