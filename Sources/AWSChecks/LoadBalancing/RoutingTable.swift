import AWSClient
import CheckKit
import RunModel

/// The listeners and rules of one load balancer, asked about single requests.
struct RoutingTable {
    /// A request of any client: without special headers or query, from any address.
    struct Request: Hashable {
        var host: String
        var port: Int
        var path: String
        var method: String

        var text: String { "\(method) \(host)\(path)" }
    }

    /// The rule or default that decides about a request.
    struct Decision {
        let listener: LoadBalancing.Listener
        let actions: [LoadBalancing.Action]
        /// `rule 20 (host-header …) of orion-edge:443`.
        let text: String
        /// The rules whose further conditions a common request does not meet.
        let passedOver: [String]
    }

    let balancer: LoadBalancing.LoadBalancer
    let listeners: [LoadBalancing.Listener]
    private let rules: [String: ListenerRules]

    /// - Throws: ``Stop`` with `inconclusive` where listeners or rules are not known.
    init(_ balancer: LoadBalancing.LoadBalancer, in snapshot: AWSSnapshot) throws {
        self.balancer = balancer
        listeners = try snapshot.listeners[balancer.loadBalancerName].known()
        var rules: [String: ListenerRules] = [:]
        for listener in listeners {
            rules[listener.listenerArn] = ListenerRules(
                loadBalancer: balancer.loadBalancerName, listener: listener,
                rules: try snapshot.rules[listener.listenerArn].known())
        }
        self.rules = rules
    }

    var name: String { balancer.loadBalancerName }

    func listener(on port: Int) -> LoadBalancing.Listener? { listeners.first { $0.port == port } }

    func entries(of listener: LoadBalancing.Listener) -> [ListenerRules.Entry] {
        rules[listener.listenerArn]?.entries ?? []
    }

    /// Whether a rule names the host, or a pattern of it.
    func names(_ host: String) -> Bool {
        let wanted = WildcardPattern(host, ignoringCase: true)
        return listeners.flatMap(entries).contains { entry in
            entry.matching.patterns("host-header")?.contains { $0.covers(wanted) && !$0.isAnything } == true
        }
    }

    /// Nil where nothing listens on the port.
    func decision(about request: Request) -> Decision? {
        guard let listener = listener(on: request.port) else { return nil }
        let place = "\(name):\(request.port)"
        var passedOver: [String] = []
        for entry in entries(of: listener) {
            switch entry.matching.match(request, isInternal: balancer.scheme == "internal") {
            case .all:
                return Decision(
                    listener: listener, actions: entry.rule.actions, text: "\(entry.text) of \(place)",
                    passedOver: passedOver)
            case .some(let field): passedOver.append("rule \(entry.priority) asks for \(field)")
            case .none: continue
            }
        }
        return Decision(
            listener: listener, actions: listener.defaultActions, text: "the default action of \(place)",
            passedOver: passedOver)
    }
}

extension RuleMatching {
    enum Match: Hashable {
        case all
        /// Host and path match, and not the further condition.
        case some(String)
        case none
    }

    /// How a rule takes a request of any client.
    func match(_ request: RoutingTable.Request, isInternal: Bool) -> Match {
        var unmet: String?
        for condition in conditions {
            let isMet: Bool
            switch condition.field {
            case "host-header": isMet = condition.covers(WildcardPattern(request.host, ignoringCase: true))
            case "path-pattern": isMet = condition.covers(WildcardPattern(request.path, ignoringCase: false))
            case "http-request-method":
                isMet = condition.texts.contains { $0.uppercased() == request.method }
                if !isMet { unmet = unmet ?? "the method \(condition.texts.joined(separator: " or "))" }
                if !isMet { continue }
            case "source-ip":
                isMet = isInternal || AddressCoverage(condition.texts).coversInternet
                if !isMet { unmet = unmet ?? "addresses of \(condition.texts.joined(separator: " or "))" }
                if !isMet { continue }
            default:
                isMet = condition.patterns.contains(where: \.isAnything)
                if !isMet { unmet = unmet ?? "\(condition.field) \(condition.texts.joined(separator: " or "))" }
                if !isMet { continue }
            }
            if !isMet { return .none }
        }
        return unmet.map(Match.some) ?? .all
    }
}

extension RuleMatching.Condition {
    fileprivate func covers(_ pattern: WildcardPattern) -> Bool { patterns.contains { $0.covers(pattern) } }
}

extension RoutingTable {
    /// The table of every application load balancer. One that is missing altogether is another check's finding.
    ///
    /// - Returns: nil when one could not be read: nobody knows then which one a host leads to.
    /// - Throws: ``Stop`` as skipped where nothing is promised over a load balancer.
    static func all(
        for promises: [PromisedRoute], in snapshot: AWSSnapshot, _ analysis: inout Analysis
    ) throws -> [RoutingTable]? {
        let balancers = try snapshot.loadBalancers.known().filter { $0.type != "network" && $0.type != "gateway" }
        guard !promises.isEmpty, !balancers.isEmpty else {
            throw Stop.skipped("no service is configured by a host name that leads over a load balancer")
        }
        var tables: [RoutingTable] = []
        for balancer in balancers {
            analysis.look(at: balancer.loadBalancerName) { _ in
                tables.append(try RoutingTable(balancer, in: snapshot))
            }
        }
        return tables.count == balancers.count ? tables : nil
    }
}
