import Formats
import Foundation
import Glibc

/// Which undo actions may be performed: only what a run with the present configuration could have written down itself.
///
/// An undo log is a list of things that a later run does with that run's keys, so it must not be possible to have anything done
/// by writing to it: a state directory may come from a cache that others can write.
public struct UndoPermission: Sendable {
    /// Requests to these base URLs may carry a key.
    var services: [String]
    /// The value of a key by the name of its secret; nil for what is no key.
    var key: @Sendable (String) -> String?
    /// Base URLs of MLflow's REST interface where nothing asks for a key; empty when there is a key.
    var openMLflow: [String]
    /// Base URL of Toxiproxy's HTTP API.
    var faultProxyAPI: String?
    /// The proxies that a run disturbs; those that a run makes have names of their own.
    var faultProxies: Set<String>
    /// Where proxies lead to that are led elsewhere for a while, by the proxy's name.
    var faultUpstreams: [String: String]
    /// The command lines that switch faults off.
    var commands: Set<[String]>
    /// ECS clusters in which tasks are started and services changed.
    var clusters: Set<String>
    /// ECS services that are left without tasks for a while.
    var ecsServices: Set<String>
    /// The bucket that a probe object is written to.
    var bucket: String?

    public init(
        services: [String] = [], key: @escaping @Sendable (String) -> String? = { _ in nil }, openMLflow: [String] = [],
        faultProxyAPI: String? = nil, faultProxies: Set<String> = [],
        faultUpstreams: [String: String] = [:], commands: Set<[String]> = [],
        clusters: Set<String> = [], ecsServices: Set<String> = [], bucket: String? = nil
    ) {
        self.services = services
        self.key = key
        self.openMLflow = openMLflow
        self.faultProxyAPI = faultProxyAPI
        self.faultProxies = faultProxies
        self.faultUpstreams = faultUpstreams
        self.commands = commands
        self.clusters = clusters
        self.ecsServices = ecsServices
        self.bucket = bucket
    }

    /// Why an action is not performed; nil when it is.
    @Sendable public func refusal(of action: UndoAction) -> String? {
        switch action {
        case .http(let request): refusal(of: request)
        case .find(let find): refusal(of: find.search) ?? refusal(of: find.then)
        case .process(let process): refusal(of: process)
        case .command(let command):
            commands.contains(command.arguments)
                ? nil : "no `stop` command of `faults.commands` is this one, and no other command is run"
        case .stopTasks(let tasks):
            clusters.contains(tasks.cluster) && tasks.startedBy.wholeMatch(of: #/plumbline-[0-9a-f]{1,16}/#) != nil
                ? nil : "the configuration starts no tasks with this mark in this cluster"
        case .setDesiredCount(let service):
            clusters.contains(service.cluster) && ecsServices.contains(service.service) && service.desiredCount > 0
                ? nil : "the configuration takes no tasks from this service (`faults.ecs_services`)"
        case .deleteObject(let object):
            object.bucket == bucket && object.key.hasPrefix(Self.probePrefix) && !object.key.contains("..")
                ? nil : "the configuration writes no such object"
        }
    }

    /// Where the probe object of a run is written to in the bucket.
    public static let probePrefix = "artifacts/plumbline-probe/"

    /// What a run names what it makes in the fault proxies and in MLflow.
    private static let ownPrefix = "plumbline-"

    private func refusal(of process: UndoAction.ProcessAction) -> String? {
        // 0, 1 and below would mean whole groups, or everything that this user may send signals to.
        guard process.pid > 1 else { return "a process with the number \(process.pid) is none of a run" }
        guard process.signal == SIGKILL || process.signal == SIGCONT else {
            return "a run ends processes or lets them go on; signal \(process.signal) does neither"
        }
        return nil
    }

    private func refusal(of request: UndoAction.HTTPAction) -> String? {
        guard Self.isPlain(request.url) else { return "the URL is not a plain one" }
        if let header = request.secretHeader { return refusal(of: request, with: header) }
        if isFaultProxyRequest(request) || isOpenMLflowRequest(request) { return nil }
        return "the configuration has no request without a key to this place"
    }

    private func refusal(of request: UndoAction.HTTPAction, with header: UndoAction.SecretHeader) -> String? {
        guard services.contains(where: { Self.isBelow(request.url, $0) }) else {
            return "the URL is none of the configured services', and no key is sent elsewhere"
        }
        guard let value = key(header.secret) else {
            return "the secret ‘\(header.secret)’ is no key of the configuration (`keys`), and nothing else is sent"
        }
        guard let proof = header.proof, proof == request.proof(with: value) else {
            return
                "it was not written down with the present value of the key ‘\(header.secret)’: the key was changed since, "
                + "or somebody else wrote it"
        }
        return nil
    }

    /// Enables a configured proxy, leads one back to where the configuration says, removes our disturbance of one, or removes a proxy that a run made.
    private func isFaultProxyRequest(_ request: UndoAction.HTTPAction) -> Bool {
        guard let faultProxyAPI, request.hasOrdinaryHeaders else { return false }
        let proxies = Self.withoutSlash(faultProxyAPI) + "/proxies/"
        guard request.url.hasPrefix(proxies) else { return false }
        let steps = request.url.dropFirst(proxies.count).split(separator: "/", omittingEmptySubsequences: false)
        switch (request.method, steps.count) {
        case ("POST", 1):
            return isDisturbed(steps[0]) && (request.body == #"{"enabled":true}"# || leadsBack(steps[0], request.body))
        case ("DELETE", 1): return steps[0].hasPrefix(Self.ownPrefix) && request.body == nil
        case ("DELETE", 3):
            return isDisturbed(steps[0]) && steps[1] == "toxics" && steps[2] == "plumbline" && request.body == nil
        default: return false
        }
    }

    private func leadsBack(_ proxy: Substring, _ body: String?) -> Bool {
        guard let upstream = faultUpstreams[String(proxy)], let body else { return false }
        return (try? JSON.decode(JSONValue.self, from: Data(body.utf8))) == ["upstream": .string(upstream)]
    }

    private func isDisturbed(_ proxy: Substring) -> Bool {
        faultProxies.contains(String(proxy)) || proxy.hasPrefix(Self.ownPrefix)
    }

    /// One of the requests that take away what checks make in MLflow, where nobody needs a key for it.
    private func isOpenMLflowRequest(_ request: UndoAction.HTTPAction) -> Bool {
        guard let root = openMLflow.first(where: { Self.isBelow(request.url, $0) }), request.hasOrdinaryHeaders
        else { return false }
        let path = request.url.dropFirst(Self.withoutSlash(root).count)
        let body = request.body.flatMap { try? JSON.decode(JSONValue.self, from: Data($0.utf8)) }
        switch (request.method, path) {
        case ("POST", "/mlflow/experiments/search"):
            return body?["filter"]?.string?.hasPrefix("name LIKE '\(Self.ownPrefix)") == true
        case ("POST", "/mlflow/experiments/delete"):
            return body?["experiment_id"]?.string == UndoAction.FindAction.placeholder
        case ("POST", "/mlflow/registered-models/set-tag"), ("DELETE", "/mlflow/registered-models/delete"):
            return body?["name"]?.string?.hasPrefix(Self.ownPrefix) == true
        case ("DELETE", _): return path.hasPrefix("/mlflow-artifacts/artifacts/") && body == nil
        default: return false
        }
    }

    /// Nothing in it that a client and this comparison could read in two ways.
    private static func isPlain(_ url: String) -> Bool {
        url.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && !#"\@#?"#.utf8.contains($0) }
            && !url.contains("/../") && !url.contains("/./") && !url.hasSuffix("/..") && !url.hasSuffix("/.")
            && !url.lowercased().contains("%2e%2e")
    }

    private static func isBelow(_ url: String, _ base: String) -> Bool {
        let base = withoutSlash(base)
        return url == base || url.hasPrefix(base + "/")
    }

    private static func withoutSlash(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }
}

extension UndoAction.HTTPAction {
    fileprivate var hasOrdinaryHeaders: Bool {
        headers.allSatisfy { $0.key.lowercased() == "content-type" && $0.value == "application/json" }
    }

    /// What shows that whoever wrote the request down knew the key that it is to carry: HMAC-SHA-256 of the request.
    func proof(with key: String) -> String? {
        var bare = self
        bare.secretHeader?.proof = nil
        guard let bytes = try? JSON.data(bare) else { return nil }
        return Digest.hexadecimal(Digest.hmacSHA256(key: Array(key.utf8), message: bytes))
    }

    fileprivate func proven(with key: (String) -> String?) -> UndoAction.HTTPAction {
        guard let header = secretHeader, let value = key(header.secret) else { return self }
        var proven = self
        proven.secretHeader?.proof = proof(with: value)
        return proven
    }

    fileprivate var withoutProof: UndoAction.HTTPAction {
        var bare = self
        bare.secretHeader?.proof = nil
        return bare
    }
}

extension UndoRecord {
    /// With the proof that it was written down by who has the keys.
    func proven(with key: (String) -> String?) -> UndoRecord {
        mappingRequests { $0.proven(with: key) }
    }

    /// Without what is of use to this machine only: a proof would let anybody try keys against it.
    var withoutProofs: UndoRecord { mappingRequests(\.withoutProof) }

    private func mappingRequests(_ transform: (UndoAction.HTTPAction) -> UndoAction.HTTPAction) -> UndoRecord {
        var record = self
        record.actions = actions.map { action in
            switch action {
            case .http(let request): return .http(transform(request))
            case .find(var find):
                find.search = transform(find.search)
                find.then = transform(find.then)
                return .find(find)
            case .process, .command, .stopTasks, .setDesiredCount, .deleteObject: return action
            }
        }
        return record
    }
}
