/// Why the undo log could not be read or written.
public struct UndoLogError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// A line that is not the last one is not what was written.
        case damaged
        /// The file system refused.
        case notWritable
        case notReadable
        /// Another process is undoing.
        case busy
        case noSuchRecord
    }

    public var code: Code
    public var path: String
    public var detail: String

    public init(_ code: Code, path: String, detail: String) {
        self.code = code
        self.path = path
        self.detail = detail
    }

    public var description: String {
        switch code {
        case .damaged:
            "\(path): \(detail). Nothing was changed; the lines before it still say how to undo by hand"
        case .notWritable:
            "\(path) cannot be written: \(detail). No fault is injected without its undo being written down first"
        case .notReadable: "\(path) cannot be read: \(detail)"
        case .busy: "\(path): \(detail); wait for it to end, or end it"
        case .noSuchRecord: "\(path): \(detail)"
        }
    }
}
