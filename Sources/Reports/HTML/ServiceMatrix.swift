import RunModel

/// How each service fares under each kind of check.
struct ServiceMatrix {
    enum Kind: CaseIterable {
        case setup, function, access, resilience, load, infrastructure, own

        var title: String {
            switch self {
            case .setup: "Setup"
            case .function: "Function"
            case .access: "Access"
            case .resilience: "Resilience"
            case .load: "Load and time"
            case .infrastructure: "Infrastructure"
            case .own: "Team's own"
            }
        }

        init(_ category: RunModel.Category) {
            switch category {
            case .environment, .credentials, .permissions, .discovery: self = .setup
            case .serviceHealth, .database, .mlflow, .registration, .redis, .integration: self = .function
            case .authentication: self = .access
            case .unit, .chaos: self = .resilience
            case .load, .performance: self = .load
            case .aws: self = .infrastructure
            case .suites, .probes: self = .own
            }
        }
    }

    /// In the order of the rows.
    enum Part: String, CaseIterable {
        case api = "API"
        case auth = "Auth service"
        case mlflow = "MLflow"
        case database = "PostgreSQL"
        case redis = "Redis"
        case queue = "Queue"
        case artifacts = "Artifact store"
        case balancer = "Load balancer"
        case ecs = "ECS"
        case aws = "Other AWS"
        case other = "Other"

        init(_ component: Component) {
            switch component.kind {
            case .service:
                self = component == .auth ? .auth : component == .mlflow ? .mlflow : .api
            case .proxy, .breaker: self = .api
            case .database, .databaseInstance: self = .database
            case .redis, .cache: self = .redis
            case .queue: self = .queue
            case .artifactStore, .bucket: self = .artifacts
            case .loadBalancer, .listener, .listenerRule, .targetGroup: self = .balancer
            case .cluster, .ecsService, .task, .taskDefinition, .image: self = .ecs
            case .aws, .identity, .secret, .namespace, .discoveryService, .securityGroup, .subnet, .flow, .logGroup,
                .alarm, .certificate, .resource:
                self = .aws
            case .vantage, .dnsName, .key, .setting, .suite, .unknown: self = .other
            }
        }

        /// AWS is asked in the same way for everything; the second part of a check's id says what for: `AWS-ALB-02`.
        init(awsArea check: CheckID) {
            let parts = check.rawValue.split(separator: "-")
            switch parts.count > 1 ? parts[1] : "" {
            case "ALB": self = .balancer
            case "ECS": self = .ecs
            case "RDS": self = .database
            case "S3": self = .artifacts
            case "CACHE": self = .redis
            default: self = .aws
            }
        }
    }

    struct Cell {
        var rows: [CheckRow] = []

        /// By the written rule; nil when there is nothing to say anything with.
        var status: Status? {
            let statuses = rows.compactMap { $0.result?.status }
            if statuses.isEmpty { return nil }
            return statuses.allSatisfy { $0 == .skipped } ? .skipped : Status.rollUp(statuses)
        }

        /// Where to look first.
        var first: CheckRow? {
            let status = status
            return rows.first { $0.result?.status == status } ?? rows.first
        }
    }

    struct Row {
        let part: Part
        let cells: [Cell]
    }

    let rows: [Row]

    init(_ checks: [CheckRow]) {
        var cells: [Part: [Kind: Cell]] = [:]
        for check in checks {
            cells[Self.part(of: check), default: [:]][Kind(check.descriptor.category), default: Cell()].rows
                .append(check)
        }
        rows = Part.allCases.compactMap { part in
            cells[part].map { found in Row(part: part, cells: Kind.allCases.map { found[$0] ?? Cell() }) }
        }
    }

    /// The end of the path that a check took or declares; without one, what its area is about.
    private static func part(of check: CheckRow) -> Part {
        if check.descriptor.category == .aws { return Part(awsArea: check.descriptor.id) }
        if let taken = check.result?.path, let last = taken.edges.last?.to { return Part(last) }
        if let last = Path.declared(by: check.descriptor).edges.last?.to { return Part(last) }
        switch check.descriptor.category {
        case .unit, .integration, .load, .chaos, .serviceHealth, .performance: return .api
        case .database: return .database
        case .mlflow, .registration: return .mlflow
        case .authentication: return .auth
        case .redis: return .redis
        case .aws, .permissions: return .aws
        case .environment, .credentials, .discovery, .suites, .probes: return .other
        }
    }
}
