import AWSClient
import CheckKit
import RunModel

/// AWS-ALB-13: every promised host and path leads to healthy targets of the service that should answer.
struct RoutesCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [
        .loadBalancers, .listeners, .rules, .listenerCertificates, .certificates, .targetGroups, .targetHealth,
        .services, .tasks,
    ]
    let passingNote = "every promised host leads to healthy targets of its service"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ALB-13", "Every promised host and path leads to healthy targets of its service",
            intent:
                "Users ask for a host and a path; what counts is where listener, rule, weights and targets take them.",
            procedure:
                "Follows GET and POST requests of the configured hosts through listener, rules in order with all their conditions, "
                + "redirects, weights and target groups to the targets, and compares with the service that should answer. Paths that "
                + "a rule takes out of a host for another service are followed too.",
            severity: .critical, isCritical: true, needs: [.part(.balancer)],
            risk: "Users get an error of the load balancer, or the answers of another service.",
            remediation: Remediation(
                summary: "Change the rule, the weights or the targets at the place that the finding names.",
                command: "aws elbv2 describe-rules --listener-arn ARN",
                terraform: """
                    resource "aws_lb_listener_rule" "service" {
                      listener_arn = LISTENER
                      priority     = PRIORITY
                      condition {
                        host_header { values = [HOST] }
                      }
                      action {
                        type             = "forward"
                        target_group_arn = GROUP
                      }
                    }
                    """))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let promises = expectations.routes ?? []
        guard let tables = try RoutingTable.all(for: promises, in: snapshot, &analysis) else { return analysis }
        for promise in promises {
            analysis.look(at: promise.host) { analysis in
                let place = HostPlace(promise.host, tables, snapshot)
                let walk = RouteWalk(snapshot: snapshot, expectations: expectations, hosts: Set(promises.map(\.host)))
                try examine(promise, place, walk, &analysis)
            }
        }
        return analysis
    }

    private func examine(
        _ promise: PromisedRoute, _ place: HostPlace, _ walk: RouteWalk, _ analysis: inout Analysis
    ) throws {
        guard !place.tables.isEmpty else {
            throw Stop.inconclusive(
                .obstacle(.nothingToLookAt, of: Component(.dnsName, promise.host)),
                "no configured load balancer names \(promise.host), and several could answer for it")
        }
        var problems: [RouteWalk.Problem] = []
        var unknown: Stop?
        for table in place.tables {
            do {
                guard let problem = try walk.problem(with: promise, in: table) else {
                    // A host behind several load balancers answers by one of them.
                    if place.isChosenByName { try examinePaths(of: promise, table, walk, &analysis) }
                    analysis.remarks.append("\(promise.host)\(promise.path) → \(promise.role) over \(table.name)")
                    return
                }
                problems.append(problem)
            } catch let stop as Stop {
                unknown = stop
            }
        }
        if let unknown { throw unknown }
        guard let problem = problems.first else { return }
        analysis.found(
            problem.symptom, promise.host, problems.map(\.message).joined(separator: "; "),
            expected: "\(promise.role) answers \(promise.host)\(promise.path)", got: problem.got)
        if place.isChosenByName, let table = place.tables.first {
            try examinePaths(of: promise, table, walk, &analysis)
        }
    }

    /// A rule that takes paths out of the host, with a role's name at their beginning, must lead to that role.
    private func examinePaths(
        of promise: PromisedRoute, _ table: RoutingTable, _ walk: RouteWalk, _ analysis: inout Analysis
    ) throws {
        guard let listener = table.listener(on: promise.port) else { return }
        let host = WildcardPattern(promise.host, ignoringCase: true)
        var seen: Set<String> = []
        for entry in table.entries(of: listener) {
            guard let paths = entry.matching.texts("path-pattern") else { continue }
            if let hosts = entry.matching.patterns("host-header"), !hosts.contains(where: { $0.covers(host) }) {
                continue
            }
            for path in paths {
                let first = path.split(separator: "/").first.map(String.init) ?? ""
                guard path.hasPrefix("/"), first != promise.role, walk.expectations.roles.contains(first),
                    seen.insert(first).inserted
                else { continue }
                let route = PromisedRoute(
                    role: first, host: promise.host, port: promise.port, path: "/\(first)/\(Self.anyPath)")
                guard let problem = try walk.problem(with: route, in: table) else { continue }
                analysis.found(
                    problem.symptom, "\(promise.host)/\(first)", problem.message,
                    expected: "\(first) answers \(promise.host)/\(first)/…", got: problem.got)
            }
        }
    }

    /// A path that no rule names.
    private static let anyPath = "plumbline"
}

/// The load balancers that a host may lead to.
struct HostPlace {
    let tables: [RoutingTable]
    /// Whether a rule or a certificate names the host, and not only chance leaves these.
    let isChosenByName: Bool

    /// A rule that names the host decides; then a certificate for exactly that name, then one with a wildcard, then the only
    /// load balancer that faces the internet.
    init(_ host: String, _ tables: [RoutingTable], _ snapshot: AWSSnapshot) {
        let named = tables.filter { $0.names(host) }
        if !named.isEmpty {
            (self.tables, isChosenByName) = (named, true)
            return
        }
        for isExact in [true, false] {
            let certified = tables.filter { Self.hasCertificate(for: host, isExact: isExact, $0, snapshot) }
            if !certified.isEmpty {
                (self.tables, isChosenByName) = (certified, certified.count == 1)
                return
            }
        }
        let open = tables.filter { $0.balancer.scheme == "internet-facing" }
        (self.tables, isChosenByName) = (open.count == 1 ? open : [], open.count == 1)
    }

    private static func hasCertificate(
        for host: String, isExact: Bool, _ table: RoutingTable, _ snapshot: AWSSnapshot
    ) -> Bool {
        let arns = table.listeners.flatMap { (try? snapshot.certificateARNs(of: $0)) ?? [] }
        return arns.contains { arn in
            guard case .value(let certificate)? = snapshot.certificates[arn] else { return false }
            return isExact
                ? certificate.names.contains { $0.lowercased() == host } : certificate.covers(host)
        }
    }
}

extension CertificateManager.Certificate {
    /// What clients compare a host with: the alternative names, and the domain where there are none (RFC 6125).
    var names: [String] {
        let alternatives = subjectAlternativeNames ?? []
        return alternatives.isEmpty ? [domainName].compactMap(\.self) : alternatives
    }

    /// Whether a client takes it for the host; a wildcard stands for one label.
    func covers(_ host: String) -> Bool {
        names.map { $0.lowercased() }.contains { name in
            if name == host { return true }
            guard name.hasPrefix("*."), let dot = host.firstIndex(of: ".") else { return false }
            return host[dot...] == name.dropFirst()
        }
    }
}
