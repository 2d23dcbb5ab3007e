import CTLS

/// Sessions of one server that later connections may resume. Confined to the thread of its context.
package final class TLSSessionCache {
    /// More than any loop has connections that want one at the same time, on most runs.
    private static let capacity = 256

    private var sessions: [OpaquePointer] = []

    package init() {}

    deinit { sessions.forEach { SSL_SESSION_free($0) } }

    /// OpenSSL calls it with each session that could be resumed; 1 says that we keep it.
    static let callback: @convention(c) (OpaquePointer?, OpaquePointer?) -> Int32 = { session, resumable in
        guard let resumable, let context = SSL_get_ex_data(session, 0) else { return 0 }
        Unmanaged<TLSSessionCache>.fromOpaque(context).takeUnretainedValue().keep(resumable)
        return 1
    }

    /// Resumes the newest session, if there is one, and has the connection leave its own here.
    func attach(to session: OpaquePointer) {
        SSL_set_ex_data(session, 0, Unmanaged.passUnretained(self).toOpaque())
        guard let newest = sessions.last else { return }
        SSL_set_session(session, newest)
        guard Self.isForOneUse(newest) else { return }
        sessions.removeLast()
        SSL_SESSION_free(newest)
    }

    private func keep(_ session: OpaquePointer) {
        if !Self.isForOneUse(session) || sessions.count == Self.capacity {
            sessions.forEach { SSL_SESSION_free($0) }
            sessions.removeAll(keepingCapacity: true)
        }
        sessions.append(session)
    }

    /// A ticket of TLS 1.3 ought to be used once (RFC 8446 §C.4); older sessions serve any number of connections.
    private static func isForOneUse(_ session: OpaquePointer) -> Bool {
        SSL_SESSION_get_protocol_version(session) == TLS1_3_VERSION
    }
}
