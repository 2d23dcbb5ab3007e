import RunModel

/// What is said of a cause where no rule knows more of it: made of the component's name and the way it fails.
public struct CauseWords {
    let cause: Cause

    /// A cause as a sentence.
    public static func title(of cause: Cause) -> String { CauseWords(cause: cause).title }

    var component: String { cause.component.title }

    var title: String {
        let about = cause.about?.nameInSentence ?? ""
        let name = cause.component.nameInSentence
        return switch cause.mode {
        case .stopped: "\(component) does not run"
        case .hung: "\(component) accepts connections and does not answer"
        case .blocked: "\(component) is interrupted"
        case .unresolved: "\(component) does not resolve"
        case .misconfigured:
            about.isEmpty ? "\(component) has a wrong setting" : "\(component) has wrong settings for \(about)"
        case .refused: "\(component) refuses the credentials"
        case .exhausted: "\(component) is exhausted"
        case .locked: "\(component) holds its users up with a lock"
        case .schema: "The schema of \(name) is not the expected one"
        case .rights: "\(component) lacks rights"
        case .role: "\(component) is in the wrong role"
        case .missing: "\(component) is missing"
        case .misrouted: "\(component) leads requests to the wrong service"
        case .outdated: "\(component) is older than what was released"
        case .expired: "\(component) has expired"
        case .balance: "The account of \(name) has no balance"
        case .exposed: "\(component) is exposed to callers who must not reach it"
        case .certificateExpired: "The certificate of \(name) has expired"
        case .certificateExpiring: "The certificate of \(name) is about to expire"
        case .certificateWrongName: "The certificate of \(name) is for another name"
        case .certificateUntrusted: "The certificate of \(name) is not trusted"
        case .defect: "\(component) departs from what was promised"
        case .garbage: "\(component) answers with something else than expected"
        case .failing: "\(component) answers wrongly"
        case .unstable: "\(component) fails some requests and answers others"
        case .slow: "\(component) is slow"
        case .unknown: "\(component) is out of order"
        }
    }

    /// What it means to fail in this way, and what follows for the reader, in a sentence.
    var reason: String {
        let about = cause.about?.nameInSentence ?? "what it uses"
        return switch cause.mode {
        case .stopped:
            "Nobody takes connections for \(cause.component.nameInSentence): they are refused, or a gateway in front finds nothing behind it."
        case .hung:
            "\(component) takes connections and answers none of them: it runs, and waits for something or has no worker left."
        case .blocked:
            "Requests do not get through, or their answers do not come back, while both ends work: a security group, a route, a network ACL or a proxy between them is the reason."
        case .unresolved:
            "The name has no address: it is misspelt where it is configured, or it is not registered."
        case .misconfigured where cause.about != nil:
            "\(component) cannot use \(about), which works for others: what \(cause.component.nameInSentence) was given for it is wrong, be it address, port, name or credentials."
        case .misconfigured: "A setting is not what it should be."
        case .refused: "\(component) answers and refuses the credentials that its users have."
        case .exhausted: "\(component) has nothing left of what its users need: connections, memory, room or requests."
        case .locked: "\(component) answers, and somebody holds what the others wait for."
        case .missing: "Nothing of that name exists where it is looked for."
        case .garbage: "\(component) answers, and what comes is no answer of its kind: something else listens there."
        case .failing:
            "\(component) is reached and answers with errors or wrong values, and nothing that it uses was found to be out of order."
        case .unstable:
            "\(component) fails some requests and answers others: one of several tasks or addresses is out of order, or it comes and goes."
        case .slow: "\(component) answers later than it should, and nothing that it uses was found to be late."
        default: ""
        }
    }

    /// The reason, with what shows it.
    func reason(seenBy evidence: FindingEvidence?) -> String {
        guard let evidence else { return reason.isEmpty ? title : reason }
        return reason.isEmpty ? evidence.observation : "\(reason) \(evidence.check) saw: \(evidence.observation)"
    }

    /// A command that begins the fix or shows what is wrong, with the names that a run knows; nil where one of them is missing.
    func command(_ names: [String: String]) -> String? {
        guard cause.component.kind == .service, names["CLUSTER"] != nil,
            names["\(cause.component.name.uppercased())_SERVICE"] != nil
        else { return nil }
        let service = "\"$\(cause.component.name.uppercased())_SERVICE\""
        switch cause.mode {
        case .stopped, .unstable, .failing:
            return "aws ecs describe-services --cluster \"$CLUSTER\" --services \(service) "
                + "--query 'services[].events[:10].message' --output table"
        case .hung:
            return "aws ecs update-service --cluster \"$CLUSTER\" --service \(service) --force-new-deployment"
        case .misconfigured where cause.about != nil:
            return "aws ecs describe-task-definition --task-definition \"$(aws ecs describe-services "
                + "--cluster \"$CLUSTER\" --services \(service) --query 'services[0].taskDefinition' --output text)\" "
                + "--query 'taskDefinition.containerDefinitions[].[name,environment,secrets]'"
        default: return nil
        }
    }

    var fix: String {
        let about = cause.about?.nameInSentence ?? "the dependency"
        let component = cause.component.nameInSentence
        return switch cause.mode {
        case .stopped: "Start \(component), and read the reason why it stopped."
        case .hung: "Restart \(component) after taking a dump of its threads; look for what it waits for."
        case .blocked:
            "Compare security groups, routes and proxies on \(cause.component.nameInSentence): both ends work."
        case .unresolved: "Correct the name where it is configured, or register it."
        case .misconfigured:
            "Correct what \(component) is configured with for \(about), and deploy it again; \(about) itself works."
        case .refused: "Bring the password at \(component) and the secret of its users together again."
        case .exhausted: "Free what \(component) has run out of, then bound what takes it."
        case .locked: "End the transaction that holds the lock."
        case .schema: "Run the migrations that belong to the deployed version."
        case .unstable:
            "Hold the log of \(component) and its load against the times of the requests that failed; restarts, memory and a full pool come first."
        case .slow:
            "Find out what \(component) waits for: processor, connections, locks or a dependency; then compare with the run before."
        case .certificateExpiring, .certificateExpired: "Renew the certificate and put the new one in force."
        case .certificateWrongName: "Put a certificate in force that is made out to the name that clients use."
        case .certificateUntrusted:
            "Put a certificate in force whose authority clients know, or name the authority in the configuration."
        default: ""
        }
    }

    /// What it means for people that nobody gets through to a part any more; nil where the checks that failed tell it.
    var weight: Weight? {
        let lost: Component
        switch cause.mode {
        case .stopped, .hung, .refused: lost = cause.component
        case .misconfigured:
            guard let about = cause.about else { return nil }
            lost = about
        case .blocked:
            // What cannot be reached from here alone may be reached by everybody else.
            guard let ends = cause.component.ends, ends.from != .vantage else { return nil }
            lost = ends.to
        default: return nil
        }
        let work: Work =
            cause.mode == .misconfigured || cause.mode == .refused
            ? .setting : cause.mode == .blocked ? .infrastructure : .investigation
        guard [.api, .auth, .mlflow, .database, .redis, .artifactStore].contains(lost), let impact = Self.loss(of: lost)
        else { return nil }
        return Weight(
            lost == .redis || lost == .artifactStore ? .high : .critical, lost == .redis ? .hindered : .clients, impact,
            work, prevention: prevention)
    }

    /// Who cannot do what; nil where the component does not say it.
    var impact: String? {
        switch cause.mode {
        case .certificateExpiring: "Clients that verify certificates cannot connect from the day on which it ends."
        case .certificateExpired, .certificateWrongName, .certificateUntrusted:
            "Clients that verify certificates, as all should, cannot connect."
        case .slow: "Clients wait longer for whatever needs \(cause.component.nameInSentence)."
        case .stopped, .hung, .refused, .exhausted, .locked: Self.loss(of: cause.component)
        case .blocked: cause.component.ends.flatMap { Self.loss(of: $0.to) }
        default: nil
        }
    }

    private var prevention: String {
        switch cause.mode {
        case .misconfigured: "Let the task try what it was configured with when it starts, and fail there."
        case .refused: "Change a password and the secret of its users in one step."
        case .blocked: "Keep the rules in Terraform, and compare them on every change of the network."
        default: "Alarm on the number of tasks that answer, before clients notice."
        }
    }

    /// What is lost with the whole component.
    private static func loss(of component: Component) -> String? {
        switch component {
        case .api: "Clients get no answer from the API."
        case .auth: "Clients cannot use any path that wants a key: none can be validated."
        case .mlflow: "Clients cannot read or register models."
        case .database: "Clients cannot read or store anything that the API and MLflow keep in PostgreSQL."
        case .redis: "Clients wait longer for every request with a key, and messages may be lost."
        case .artifactStore: "Clients cannot send or fetch the files of models."
        case .proxy: "Clients cannot use MLflow through the API."
        default: nil
        }
    }

    var owner: String {
        switch cause.component.kind {
        case .database, .databaseInstance: "database"
        case .loadBalancer, .listener, .listenerRule, .targetGroup, .dnsName, .flow, .securityGroup, .subnet,
            .certificate:
            "network"
        case .key, .identity: "identity"
        case .artifactStore, .proxy, .bucket: "registry"
        case .image, .taskDefinition: "release"
        default: cause.component == .mlflow ? "registry" : cause.component == .auth ? "identity" : "platform"
        }
    }
}

extension Component {
    /// The name where no sentence begins with it.
    public var nameInSentence: String { title.hasPrefix("The ") ? "the " + title.dropFirst(4) : title }

    /// For people.
    public var title: String {
        switch self {
        case .api: "The API"
        case .auth: "The auth service"
        case .mlflow: "MLflow"
        case .database: "PostgreSQL"
        case .redis: "Redis"
        case .proxy: "The API's MLflow proxy"
        case .breaker: "The circuit breaker"
        case .artifactStore: "The artifact store"
        case .vantage: "The place of the run"
        default:
            switch kind {
            case .flow:
                ends.map { "The connection from \($0.from.nameInSentence) to \($0.to.nameInSentence)" }
                    ?? "The network between the services"
            case .dnsName: name.isEmpty ? "A configured name" : "The name \(name)"
            case .unknown: name
            default:
                "The \(kind.rawValue.replacing("-", with: " "))" + (name.isEmpty ? "" : " \(name)")
            }
        }
    }

    /// The two ends of a connection; nil for anything else.
    var ends: (from: Component, to: Component)? {
        let parts = name.split(separator: ">", omittingEmptySubsequences: false).map(String.init)
        guard kind == .flow, parts.count == 2 else { return nil }
        func end(_ part: String) -> Component {
            if part == "postgres" { return .database }
            let known: [Component] = [.api, .auth, .mlflow, .database, .redis, .artifactStore, .queue, .vantage]
            return known.first { ($0.name.isEmpty ? $0.kind.rawValue : $0.name) == part } ?? Component(.unknown, part)
        }
        return (end(parts[0]), end(parts[1]))
    }
}
