/// Reads what a server says before a session stands, for as long as it says it in clear, and stops it from getting the
/// password in clear.
///
/// The libpq of Debian 12 has no `require_auth`: it sends the password as it is to any server that asks
/// (`AuthenticationCleartextPassword`), also to one that stands between us and ours.
struct LogInInspection {
    enum Refusal: Equatable {
        /// The server asks for the password in clear.
        case cleartextPassword
        /// What comes is not framed as the protocol says, so what libpq would make of it is not known.
        case notTheProtocol
    }

    private enum State {
        /// Before the first byte: `S` or `N` alone answers a request for TLS, anything else begins a message.
        case beginning
        /// Type and length of a message, and for `R` the kind of authentication (PostgreSQL manual, "Message Formats").
        case head([UInt8])
        case body(left: Int)
        /// The session stands, TLS hides the rest, or nothing is to be refused.
        case finished
    }

    private var state: State

    init(allowsCleartextPassword: Bool) { state = allowsCleartextPassword ? .finished : .beginning }

    /// Takes the next bytes of the server.
    ///
    /// - Returns: why they must not reach libpq; nil when they may.
    mutating func read(_ bytes: ArraySlice<UInt8>) -> Refusal? {
        var rest = bytes
        while let byte = rest.first {
            switch state {
            case .finished: return nil
            case .beginning:
                switch byte {
                case UInt8(ascii: "S"):
                    state = .finished
                case UInt8(ascii: "N"):
                    state = .head([])
                    rest.removeFirst()
                default: state = .head([])
                }
            case .head(let head):
                rest.removeFirst()
                if let refusal = take(head + [byte]) { return refusal }
            case .body(let left):
                let count = min(left, rest.count)
                rest = rest.dropFirst(count)
                state = left == count ? .head([]) : .body(left: left - count)
            }
        }
        return nil
    }

    private mutating func take(_ head: [UInt8]) -> Refusal? {
        let isAuthentication = head[0] == UInt8(ascii: "R")
        guard head.count == (isAuthentication ? 9 : 5) else {
            state = .head(head)
            return nil
        }
        func number(_ bytes: ArraySlice<UInt8>) -> Int32 { bytes.reduce(0) { $0 << 8 | Int32($1) } }
        // The length counts itself.
        let left = Int(number(head[1..<5])) - (head.count - 1)
        guard left >= 0 else { return .notTheProtocol }
        if isAuthentication, number(head[5..<9]) == 3 { return .cleartextPassword }
        if head[0] == UInt8(ascii: "Z") {
            state = .finished
        } else {
            state = left == 0 ? .head([]) : .body(left: left)
        }
        return nil
    }
}
