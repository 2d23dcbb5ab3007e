import CCurl

/// The transfers that the loop's thread is working on, and the idle handles it keeps for the next ones.
struct ActiveTransfers {
    private let multi: MultiHandle
    private let configuration: HTTPClientConfiguration
    private var handles: [ObjectIdentifier: UnsafeMutableRawPointer] = [:]
    /// Keeps the transfers alive while libcurl holds bare pointers to them.
    private var transfers: [UnsafeMutableRawPointer: Transfer] = [:]
    private var idle: [UnsafeMutableRawPointer] = []
    private static let maximumIdle = 64

    init(multi: MultiHandle, configuration: HTTPClientConfiguration) {
        self.multi = multi
        self.configuration = configuration
    }

    mutating func start(_ transfer: Transfer) {
        guard !transfer.isCancelled.load(ordering: .acquiring) else {
            return finish(transfer, .failure(transfer.failure(.cancelled, "the task was cancelled before it started")))
        }
        guard let multi = multi.pointer, let handle = idle.popLast() ?? curl_easy_init() else {
            return finish(transfer, .failure(transfer.failure(.localResources, "libcurl could not be initialised")))
        }
        guard transfer.prepare(handle, configuration), curl_multi_add_handle(multi, handle) == CURLM_OK else {
            recycle(handle)
            let refusal = transfer.refusal ?? (.other, "libcurl did not accept the transfer")
            return finish(transfer, .failure(transfer.failure(refusal.code, refusal.message)))
        }
        transfers[handle] = transfer
        handles[ObjectIdentifier(transfer)] = handle
    }

    mutating func abort(_ transfer: Transfer) {
        guard let handle = handles[ObjectIdentifier(transfer)] else { return }
        remove(handle)
        finish(transfer, .failure(transfer.failure(.cancelled, "the task was cancelled")))
    }

    /// Lets libcurl read and write whatever is ready, and answers the finished transfers.
    mutating func advance() {
        guard let multi = multi.pointer else { return }
        var running: Int32 = 0
        curl_multi_perform(multi, &running)
        var waiting: Int32 = 0
        while let message = curl_multi_info_read(multi, &waiting) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
                let transfer = transfers[handle]
            else { continue }
            let outcome = transfer.outcome(of: handle, curl_message_result(message))
            remove(handle)
            finish(transfer, outcome)
        }
    }

    /// Ends everything that is still open, and gives the handles back.
    mutating func close() {
        for (handle, transfer) in transfers {
            remove(handle)
            finish(transfer, .failure(transfer.failure(.cancelled, "the client was closed")))
        }
        idle.forEach { curl_easy_cleanup($0) }
        idle.removeAll()
    }

    private mutating func remove(_ handle: UnsafeMutableRawPointer) {
        if let multi = multi.pointer { curl_multi_remove_handle(multi, handle) }
        if let transfer = transfers.removeValue(forKey: handle) {
            handles.removeValue(forKey: ObjectIdentifier(transfer))
        }
        recycle(handle)
    }

    private mutating func recycle(_ handle: UnsafeMutableRawPointer) {
        if idle.count < Self.maximumIdle {
            curl_easy_reset(handle)
            idle.append(handle)
        } else {
            curl_easy_cleanup(handle)
        }
    }

    private func finish(_ transfer: Transfer, _ outcome: Transfer.Outcome) {
        transfer.continuation?.resume(returning: outcome)
        transfer.continuation = nil
    }
}
