import Foundation
import Logging

/// All proxies of one process, changed one request at a time.
actor FaultProxies {
    private var proxies: [String: FaultProxy] = [:]
    private var revision = 0
    private var last: Task<Void, Never>?
    private let record: @Sendable (FaultProxyEvent) -> Void

    /// - Parameter record: is told every change, before its caller gets the answer.
    init(record: @escaping @Sendable (FaultProxyEvent) -> Void) {
        self.record = record
    }

    func all() -> [FaultProxy.Description] {
        proxies.values.map(\.description).sorted { $0.name < $1.name }
    }

    func proxy(_ name: String) throws -> FaultProxy.Description {
        try find(name).description
    }

    func create(_ request: ProxyRequest) async throws -> FaultProxy.Description {
        try await inTurn { try await self.createNow(request) }
    }

    func update(_ name: String, _ request: ProxyRequest) async throws -> FaultProxy.Description {
        try await inTurn { try await self.updateNow(name, request) }
    }

    func delete(_ name: String) async throws {
        try await inTurn { try await self.deleteNow(name) }
    }

    func addToxic(to name: String, _ request: ToxicRequest) async throws -> Toxic {
        try await inTurn { try await self.addToxicNow(to: name, request) }
    }

    func updateToxic(_ toxic: String, of name: String, _ request: ToxicRequest) async throws -> Toxic {
        try await inTurn { try await self.updateToxicNow(toxic, of: name, request) }
    }

    func removeToxic(_ toxic: String, from name: String) async throws {
        try await inTurn { try await self.removeToxicNow(toxic, from: name) }
    }

    /// Enables every proxy and removes every toxic.
    func reset() async throws {
        try await inTurn { try await self.resetNow() }
    }

    /// An actor may start a second call while the first one waits; changes must not interleave.
    private func inTurn<Value: Sendable>(_ change: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let previous = last
        let task = Task {
            await previous?.value
            return try await change()
        }
        last = Task { _ = try? await task.value }
        return try await task.value
    }

    private func find(_ name: String) throws(FaultProxyError) -> FaultProxy {
        guard let proxy = proxies[name] else { throw .proxyNotFound(name) }
        return proxy
    }

    private func createNow(_ request: ProxyRequest) async throws -> FaultProxy.Description {
        guard let name = request.name, !name.isEmpty else { throw FaultProxyError.missingField("name") }
        guard let upstream = request.upstream, !upstream.isEmpty else { throw FaultProxyError.missingField("upstream") }
        guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }), name.count <= 100
        else {
            throw FaultProxyError.badRequest("name '\(name)' may have letters, digits, '-', '_' and '.' only")
        }
        guard proxies[name] == nil else { throw FaultProxyError.proxyExists(name) }
        _ = try Endpoint(upstream)
        let listen = request.listen ?? "127.0.0.1:0"
        _ = try Endpoint(listen)
        let proxy = FaultProxy(name: name, listen: listen, upstream: upstream)
        if request.enabled ?? true { try await proxy.enable() }
        proxies[name] = proxy
        record(FaultProxyEvent(.proxyCreated, proxy.description))
        return proxy.description
    }

    private func updateNow(_ name: String, _ request: ProxyRequest) async throws -> FaultProxy.Description {
        let proxy = try find(name)
        let old = proxy.description
        let listen = request.listen ?? old.listen
        let upstream = request.upstream ?? old.upstream
        _ = try Endpoint(listen)
        _ = try Endpoint(upstream)
        let enabled = request.enabled ?? old.enabled
        let moves = listen != old.listen || upstream != old.upstream
        if moves || !enabled { await proxy.disable() }
        if moves { proxy.readdress(listen: listen, upstream: upstream) }
        if enabled { try await proxy.enable() }
        let new = proxy.description
        if new != old {
            let kind: FaultProxyEvent.Kind =
                new.enabled == old.enabled ? .proxyUpdated : new.enabled ? .proxyEnabled : .proxyDisabled
            record(FaultProxyEvent(kind, new))
        }
        return new
    }

    private func deleteNow(_ name: String) async throws {
        let proxy = try find(name)
        await proxy.disable()
        proxies[name] = nil
        record(FaultProxyEvent(.proxyDeleted, proxy.description))
    }

    private func addToxicNow(to name: String, _ request: ToxicRequest) async throws -> Toxic {
        let proxy = try find(name)
        guard let type = request.type, !type.isEmpty else { throw FaultProxyError.missingField("type") }
        let streamName = request.stream ?? Toxic.Stream.downstream.rawValue
        guard let stream = Toxic.Stream(rawValue: streamName) else { throw FaultProxyError.invalidStream(streamName) }
        revision += 1
        let toxic = Toxic(
            name: request.name ?? "\(type)_\(streamName)", stream: stream, toxicity: try request.checkedToxicity() ?? 1,
            effect: try Toxic.Effect(type: type, attributes: request.attributes ?? [:]), revision: revision)
        guard !proxy.toxics.contains(where: { $0.name == toxic.name }) else {
            throw FaultProxyError.toxicExists(toxic.name)
        }
        await proxy.setToxics(proxy.toxics + [toxic])
        record(FaultProxyEvent(.toxicAdded, proxy.description, toxic))
        return toxic
    }

    private func updateToxicNow(_ toxicName: String, of name: String, _ request: ToxicRequest) async throws -> Toxic {
        let proxy = try find(name)
        var toxics = proxy.toxics
        guard let index = toxics.firstIndex(where: { $0.name == toxicName }) else {
            throw FaultProxyError.toxicNotFound(toxicName)
        }
        var toxic = toxics[index]
        revision += 1
        toxic.revision = revision
        toxic.toxicity = try request.checkedToxicity() ?? toxic.toxicity
        let attributes = toxic.effect.attributes.merging(request.attributes ?? [:]) { _, new in new }
        toxic.effect = try Toxic.Effect(type: toxic.effect.type, attributes: attributes)
        toxics[index] = toxic
        await proxy.setToxics(toxics)
        record(FaultProxyEvent(.toxicUpdated, proxy.description, toxic))
        return toxic
    }

    private func removeToxicNow(_ toxicName: String, from name: String) async throws {
        let proxy = try find(name)
        guard let toxic = proxy.toxics.first(where: { $0.name == toxicName }) else {
            throw FaultProxyError.toxicNotFound(toxicName)
        }
        await proxy.setToxics(proxy.toxics.filter { $0.name != toxicName })
        record(FaultProxyEvent(.toxicRemoved, proxy.description, toxic))
    }

    private func resetNow() async throws {
        for proxy in proxies.values.sorted(by: { $0.name < $1.name }) {
            let old = proxy.description
            try await proxy.enable()
            await proxy.setToxics([])
            if proxy.description != old { record(FaultProxyEvent(.proxyReset, proxy.description)) }
        }
    }
}
