import AWSClient
import CheckKit
import RunModel

/// Follows promised routes through load balancers to their targets.
struct RouteWalk {
    let snapshot: AWSSnapshot
    let expectations: AWSExpectations
    /// The hosts that are promised; a redirect to another one leads out of what is known.
    let hosts: Set<String>

    struct Problem {
        let symptom: Symptom
        let message: String
        let got: String
    }

    /// What keeps the promise from being held; nil where nothing does.
    ///
    /// - Throws: ``Stop`` with `inconclusive` where an answer that decides is missing.
    func problem(with promise: PromisedRoute, in table: RoutingTable) throws -> Problem? {
        for method in ["GET", "POST"] {
            let request = RoutingTable.Request(
                host: promise.host, port: promise.port, path: promise.path, method: method)
            if let problem = try problem(with: request, promise, in: table, visited: []) { return problem }
        }
        return nil
    }

    private func problem(
        with request: RoutingTable.Request, _ promise: PromisedRoute, in table: RoutingTable,
        visited: [RoutingTable.Request]
    ) throws -> Problem? {
        guard let decision = table.decision(about: request) else {
            let ports = table.listeners.compactMap { $0.port.map(String.init) }
            return Problem(
                symptom: .missing(.aws(.listener, table.name)),
                message: "nothing listens on port \(request.port) of \(table.name)",
                got: ports.isEmpty ? "no listener" : "listeners on \(ports.joined(separator: ", "))")
        }
        let rule = Component.aws(.listenerRule, "\(table.name):\(request.port)")
        let way = "\(request.text) is decided by \(decision.text)" + Self.passed(decision.passedOver)
        guard let action = RouteTarget.last(of: decision.actions) else { return nil }
        switch action.type {
        case "fixed-response":
            let status = action.fixedResponseConfig?.statusCode ?? "an error"
            return Problem(
                symptom: .setting(rule, "actions", .differs), message: "\(way), which answers \(status) itself",
                got: "a fixed response \(status)")
        case "redirect":
            guard let redirect = action.redirectConfig else { return nil }
            return try follow(redirect, of: request, way, rule, promise, in: table, visited: visited)
        case "forward":
            return try problem(withGroups: RouteTarget.groups(of: decision.actions), way, rule, promise)
        default:
            throw Stop.inconclusive(
                .obstacle(.hidden, of: rule), "\(way), whose action is \(action.type): where it leads is not known")
        }
    }

    private static func passed(_ rules: [String]) -> String {
        rules.isEmpty ? "" : " (\(rules.joined(separator: ", ")))"
    }

    private func follow(
        _ redirect: LoadBalancing.Action.Redirect, of request: RoutingTable.Request, _ way: String, _ rule: Component,
        _ promise: PromisedRoute, in table: RoutingTable, visited: [RoutingTable.Request]
    ) throws -> Problem? {
        var next = request
        func filled(_ text: String?, _ own: String, _ name: String) -> String {
            (text ?? "#{\(name)}").replacing("#{\(name)}", with: own)
        }
        next.host = filled(redirect.host, request.host, "host").lowercased()
        let usual = redirect.protocol == "HTTPS" ? 443 : redirect.protocol == "HTTP" ? 80 : request.port
        next.port = redirect.port.map { $0 == "#{port}" ? request.port : Int($0) ?? usual } ?? usual
        next.path = filled(redirect.path, String(request.path.dropFirst()), "path")
            .replacing("#{host}", with: request.host).replacing("#{port}", with: String(request.port))
        let text = "\(next.host):\(next.port)\(next.path)"
        if next == request || visited.contains(next) || visited.count > 5 {
            return Problem(
                symptom: .setting(rule, "actions", .differs), message: "\(way), a redirect that leads to itself",
                got: "a redirect to \(text) without end")
        }
        guard next.host == request.host || hosts.contains(next.host) else {
            throw Stop.inconclusive(
                .obstacle(.nothingToLookAt, of: rule),
                "\(way), a redirect to \(text), which is no configured host")
        }
        return try problem(with: next, promise, in: table, visited: visited + [request])
    }

    private func problem(
        withGroups groups: [RouteTarget.Group], _ way: String, _ rule: Component, _ promise: PromisedRoute
    ) throws -> Problem? {
        let used = groups.filter { $0.share > 0 }
        guard !used.isEmpty else {
            return Problem(
                symptom: .setting(rule, "weight", .differs), message: "\(way), whose target groups all have weight 0",
                got: "no target group")
        }
        let known = try snapshot.targetGroups.known()
        for part in used {
            guard let group = known.first(where: { $0.targetGroupArn == part.arn }) else {
                return Problem(
                    symptom: .missing(.aws(.targetGroup, part.arn)),
                    message: "\(way), whose target group \(part.arn) does not exist", got: "no such target group")
            }
            let name = group.targetGroupName
            let share = part.share < 1 ? " with \((part.share * 100).rounded().wholeText) % of the requests" : ""
            let role = expectations.role(ofTargetGroup: name, arn: part.arn, snapshot: snapshot)
            if let role, role != promise.role {
                return Problem(
                    symptom: .setting(rule, "actions", .differs),
                    message: "\(way), which leads to \(name)\(share): \(role) answers in place of \(promise.role)",
                    got: "the target group \(name) of \(role)")
            }
            if let problem = try problem(withTargetsOf: group, "\(way), which leads to \(name)\(share)") {
                return problem
            }
        }
        return nil
    }

    private func problem(
        withTargetsOf group: LoadBalancing.TargetGroup, _ way: String
    ) throws -> Problem? {
        guard group.targetType != "lambda", group.targetType != "alb" else { return nil }
        let targets = try snapshot.targetHealth[group.targetGroupName].known()
        // Where health is not checked every target counts.
        if targets.contains(where: { ["healthy", "unavailable"].contains($0.targetHealth.state) }) { return nil }
        let component = Component.aws(.targetGroup, group.targetGroupName)
        guard !targets.isEmpty else {
            return Problem(
                symptom: .ailment(component, .noTarget), message: "\(way), where no target is registered",
                got: "no target")
        }
        let states = Dictionary(grouping: targets, by: \.targetHealth.state).sorted { $0.key < $1.key }
        let text = states.map { "\($0.value.count) \($0.key)" }.joined(separator: ", ")
        return Problem(
            symptom: .ailment(component, .noHealthyTarget), message: "\(way), where no target is healthy: \(text)",
            got: text)
    }
}
