import Formats

/// How the auth service misbehaves on request, for tests of its callers.
enum AuthBehaviour: Sendable, Equatable {
    case normal
    /// Answers after so many seconds.
    case slow(Double)
    /// Answers every call with this status.
    case status(Int)
    /// Answers nothing until told otherwise.
    case down

    /// Reads `normal`, `slow`, `slow=8`, `500`, `429`, `down`.
    init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        switch parts.first {
        case "normal": self = .normal
        case "down": self = .down
        case "slow":
            guard parts.count > 1 else {
                self = .slow(10)
                return
            }
            guard let seconds = Double(finite: parts[1]), seconds >= 0, seconds <= 3600 else { return nil }
            self = .slow(seconds)
        case let word?:
            guard let status = Int(word), (400...599).contains(status) else { return nil }
            self = .status(status)
        case nil: return nil
        }
    }

    var text: String {
        switch self {
        case .normal: "normal"
        case .slow(let seconds): "slow=\(seconds)"
        case .status(let status): String(status)
        case .down: "down"
        }
    }
}
