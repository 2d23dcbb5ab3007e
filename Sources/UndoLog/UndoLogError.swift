import Durable

/// Why the undo log could not be read or written.
public struct UndoLogError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// A whole line is not what was written: nobody knows what is open.
        case damaged
        /// The file system refused.
        case notWritable
        case notReadable
        /// The process that would undo after a death does not run.
        case noGuardian
        case noSuchRecord
    }

    public var code: Code
    var path: String
    public var detail: String

    public init(_ code: Code, path: String, detail: String) {
        self.code = code
        self.path = path
        self.detail = detail
    }

    init(_ error: AppendLogError) {
        let code: Code =
            switch error.code {
            case .damaged, .excessive: .damaged
            case .unreadable: .notReadable
            case .unwritable: .notWritable
            }
        self.init(code, path: error.path, detail: error.reason)
    }

    public var description: String {
        switch code {
        case .damaged:
            "the undo log \(path) is damaged: \(detail). Nothing in it was changed, and what it says is open was not undone: "
                + "read it, undo by hand what its lines name, then move the file away and try again"
        case .notWritable:
            "the undo log \(path) cannot be written: \(detail). No change is made whose undo is not written down first"
        case .notReadable: "the undo log \(path) cannot be read: \(detail)"
        case .noGuardian:
            "no change was made, because the process that would undo it after a death does not run: \(detail)"
        case .noSuchRecord: "\(path): \(detail)"
        }
    }
}
