import Formats
import Sockets
import Synchronization

/// Looks a name up beside the event loop, and rings when it has an answer.
final class AddressLookup: Sendable {
    private let found = Mutex<Result<[IPAddress], NameResolutionError>?>(nil)

    init(_ host: String, within limit: Duration, bell: Bell) {
        Task {
            let answer: Result<[IPAddress], NameResolutionError>
            do throws(NameResolutionError) {
                answer = .success(try await NameResolver.addresses(of: host, within: limit))
            } catch {
                answer = .failure(error)
            }
            found.withLock { $0 = answer }
            bell.ring()
        }
    }

    /// Nil as long as there is no answer.
    var result: Result<[IPAddress], NameResolutionError>? { found.withLock { $0 } }
}
