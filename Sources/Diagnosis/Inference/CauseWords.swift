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

    var fix: String {
        let about = cause.about?.title ?? "the dependency"
        return switch cause.mode {
        case .stopped: "Start \(component); read the reason why it stopped."
        case .hung: "Restart \(component) after taking a dump of its threads; look for what it waits for."
        case .blocked:
            "Compare security groups, routes and proxies on \(cause.component.nameInSentence): both ends work."
        case .unresolved: "Correct the name where it is configured, or register it."
        case .misconfigured:
            "Correct the settings for \(about) in \(component) and deploy it again; \(about) itself works."
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

    /// Who cannot do what; nil where the component does not say it.
    var impact: String? {
        switch cause.mode {
        case .certificateExpiring: "Clients that verify certificates cannot connect from the day on which it ends."
        case .certificateExpired, .certificateWrongName, .certificateUntrusted:
            "Clients that verify certificates, as all should, cannot connect."
        case .slow: "Clients wait longer for whatever needs \(cause.component.nameInSentence)."
        case .stopped, .hung, .refused, .exhausted, .locked: Self.loss(of: cause.component)
        case .blocked: cause.component.flowEnds.flatMap { Self.loss(of: $0.to) }
        default: nil
        }
    }

    /// What is lost with the whole component.
    private static func loss(of component: Component) -> String? {
        switch component {
        case .api: "Clients get no answer from the API."
        case .auth: "Clients cannot log in: no key can be validated."
        case .mlflow: "Clients cannot read or register models."
        case .database: "Clients cannot read or store anything that the API and MLflow keep in PostgreSQL."
        case .redis: "Clients wait longer while keys are validated, and messages may be lost."
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
    /// Both ends of a connection that must be possible; nil of anything else.
    fileprivate var flowEnds: (from: Component, to: Component)? {
        let parts = name.split(separator: ">", maxSplits: 1).map(String.init)
        guard kind == .flow, parts.count == 2 else { return nil }
        func end(_ text: String) -> Component {
            switch text {
            case "api": .api
            case "auth": .auth
            case "mlflow": .mlflow
            case "postgres", "database": .database
            case "redis": .redis
            default: Component(rawValue: text)
            }
        }
        return (end(parts[0]), end(parts[1]))
    }

    /// The name where no sentence begins with it.
    var nameInSentence: String { title.hasPrefix("The ") ? "the " + title.dropFirst(4) : title }

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
                flowEnds.map { "The connection from \($0.from.nameInSentence) to \($0.to.nameInSentence)" }
                    ?? "The network between the services"
            case .dnsName: name.isEmpty ? "A configured name" : "The name \(name)"
            case .unknown: name
            default:
                "The \(kind.rawValue.replacing("-", with: " "))" + (name.isEmpty ? "" : " \(name)")
            }
        }
    }
}
