import CPostgres
import Formats
import Sockets

extension PostgresConnection {
    /// Sends one statement and reads its rows.
    ///
    /// After the deadline, a cancelled task or a result over the limits the statement is cancelled on the server; the
    /// connection stays usable when the server confirms that in time, else it is closed.
    public func query(
        _ sql: String, _ parameters: [String?] = [], limits: PostgresResultLimits = .init(), deadline: Duration
    ) async throws(PostgresError) -> PostgresRows {
        guard let handle else { throw PostgresError(kind: .notUsable, message: "the connection is closed") }
        guard !isBusy else {
            throw PostgresError(kind: .notUsable, message: "another query is running on this connection")
        }
        isBusy = true
        defer { isBusy = false }
        let end = ContinuousClock.now.advanced(by: deadline)
        do throws(PostgresError) {
            try send(sql, parameters, on: handle)
            try await flush(handle, until: end, limit: deadline)
            return try await read(handle, limits: limits, until: end, limit: deadline)
        } catch {
            switch error.kind {
            case .timeout, .cancelled, .resultTooLarge: await abandonStatement(on: handle)
            case .connectionLost, .protocol: close()
            default: break
            }
            throw error
        }
    }

    private func send(_ sql: String, _ parameters: [String?], on handle: ConnectionHandle) throws(PostgresError) {
        // libpq takes null for NULL, so the strings are laid out once and pointed into.
        var bytes: [CChar] = []
        var offsets: [Int?] = []
        for parameter in parameters {
            offsets.append(parameter == nil ? nil : bytes.count)
            if let parameter { bytes += parameter.utf8CString }
        }
        let sent = bytes.withUnsafeBufferPointer { buffer in
            let pointers: [UnsafePointer<CChar>?] = offsets.map { offset in
                guard let offset, let base = buffer.baseAddress else { return nil }
                return base + offset
            }
            return PQsendQueryParams(handle.pointer, sql, Int32(parameters.count), nil, pointers, nil, nil, 0)
        }
        guard sent == 1, PQsetSingleRowMode(handle.pointer) == 1 else { throw lost(handle) }
    }

    private func flush(
        _ handle: ConnectionHandle, until end: ContinuousClock.Instant, limit: Duration
    ) async throws(PostgresError) {
        while true {
            let left = PQflush(handle.pointer)
            guard left >= 0 else { throw lost(handle) }
            try await stopping(at: limit) { () async throws(ConnectionHandle.Stop) in try await handle.send(until: end)
            }
            if left == 0 { return }
        }
    }

    private func read(
        _ handle: ConnectionHandle, limits: PostgresResultLimits, until end: ContinuousClock.Instant, limit: Duration
    ) async throws(PostgresError) -> PostgresRows {
        var collector = RowCollector(limits: limits)
        while true {
            try await awaitResult(handle, &collector, until: end, limit: limit)
            guard let result = PQgetResult(handle.pointer) else { return try collector.finish() }
            defer { PQclear(result) }
            try collector.take(result)
            if PQstatus(handle.pointer) == CONNECTION_BAD { throw lost(handle) }
        }
    }

    /// Reads until libpq has a whole result. One value may be as large as a gigabyte and libpq would hold all of it, so
    /// the bytes of an unfinished row count as well.
    private func awaitResult(
        _ handle: ConnectionHandle, _ collector: inout RowCollector, until end: ContinuousClock.Instant, limit: Duration
    ) async throws(PostgresError) {
        var unfinished = 0
        while PQisBusy(handle.pointer) == 1 {
            let count = try await stopping(at: limit) { () async throws(ConnectionHandle.Stop) in
                try await handle.receive(until: end)
            }
            unfinished += count
            collector.received += count
            if unfinished > collector.limits.bytes + MeteredSocket.pieceSize || collector.isFlooded {
                close()
                throw collector.tooLarge
            }
            guard handle.consume() else { throw lost(handle) }
            try await stopping(at: limit) { () async throws(ConnectionHandle.Stop) in try await handle.send(until: end)
            }
        }
    }

    private func stopping<Value>(
        at limit: Duration, _ work: () async throws(ConnectionHandle.Stop) -> Value
    ) async throws(PostgresError) -> Value {
        do throws(ConnectionHandle.Stop) {
            return try await work()
        } catch {
            switch error {
            case .waited(.cancelled):
                throw PostgresError(kind: .cancelled, message: "cancelled while a statement was running")
            case .waited: throw PostgresError(kind: .timeout, message: "no answer to the statement within \(limit)")
            case .refused: throw .notTheProtocol(at: configuration.description)
            case .noDescriptors(let code): throw .noDescriptors(code, for: configuration.description)
            }
        }
    }

    private func lost(_ handle: ConnectionHandle) -> PostgresError {
        let text = handle.errorMessage.split(separator: "\n").joined(separator: "; ")
        return PostgresError(kind: .connectionLost, message: text.isEmpty ? "the connection ended" : text)
    }

    /// Asks the server to stop and throws the rest of the answer away, in a task of its own because ours may be cancelled.
    private func abandonStatement(on handle: ConnectionHandle) async {
        guard self.handle != nil else { return }
        let isClean = await Task.detached { await Self.cancelAndDrain(handle) }.value
        if !isClean { close() }
    }

    private static func cancelAndDrain(_ handle: ConnectionHandle) async -> Bool {
        let end = ContinuousClock.now.advanced(by: .seconds(1))
        guard let cancel = CancelHandle(handle) else { return false }
        let completion = await DedicatedThread.run(named: "pg-cancel", until: end) { cancel.send() }
        guard case .finished(true) = completion else { return false }
        // What a server that obeys may have under way, in bytes; one that goes on is left.
        var left = 8 << 20
        do throws(ConnectionHandle.Stop) {
            while true {
                while PQisBusy(handle.pointer) == 1 {
                    left -= try await handle.receive(until: end)
                    guard left > 0, handle.consume() else { return false }
                    try await handle.send(until: end)
                }
                guard let result = PQgetResult(handle.pointer) else { return PQstatus(handle.pointer) == CONNECTION_OK }
                PQclear(result)
                if ContinuousClock.now > end { return false }
            }
        } catch {
            return false
        }
    }
}
