import CPostgres
import Synchronization

/// Owns one `PGconn`. libpq allows one thread at a time: the actor that holds the handle sees to that, and the few calls
/// that come from elsewhere (`PQcancel`) work on a copy.
final class ConnectionHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init?(starting parameters: [(String, String)]) {
        let keywords = parameters.map(\.0)
        let values = parameters.map(\.1)
        let started = withCStrings(keywords) { keywords in
            withCStrings(values) { values in PQconnectStartParams(keywords, values, 0) }
        }
        guard let started else { return nil }
        pointer = started
        PQsetErrorVerbosity(started, PQERRORS_VERBOSE)
        PQsetErrorContextVisibility(started, PQSHOW_CONTEXT_NEVER)
        PQsetNoticeProcessor(started, { _, _ in }, nil)
    }

    deinit { PQfinish(pointer) }

    var errorMessage: String { PQerrorMessage(pointer).map { String(cString: $0) } ?? "" }
    var descriptor: Int32 { PQsocket(pointer) }
}

/// A copy of what `PQcancel` needs, to be used on any thread.
final class CancelHandle: @unchecked Sendable {
    private let pointer: OpaquePointer

    init?(_ connection: ConnectionHandle) {
        guard let pointer = PQgetCancel(connection.pointer) else { return nil }
        self.pointer = pointer
    }

    deinit { PQfreeCancel(pointer) }

    /// Opens a second connection and asks the server to give up; blocks until the server has taken the request.
    func send() -> Bool {
        var reason = [CChar](repeating: 0, count: 256)
        return PQcancel(pointer, &reason, Int32(reason.count)) == 1
    }
}

/// Calls `body` with a null-terminated array of C strings.
func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    var bytes: [CChar] = []
    var offsets: [Int] = []
    for string in strings {
        offsets.append(bytes.count)
        bytes += string.utf8CString
    }
    return bytes.withUnsafeBufferPointer { buffer in
        let pointers: [UnsafePointer<CChar>?] = offsets.map { offset in buffer.baseAddress.map { $0 + offset } } + [nil]
        return pointers.withUnsafeBufferPointer { list in
            // The array holds at least the terminating nil, so it has a base address.
            guard let base = list.baseAddress else { preconditionFailure("an array with an element has an address") }
            return body(base)
        }
    }
}
