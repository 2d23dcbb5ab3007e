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
        case registry = "Model registry"
        case auth = "Auth service"
        case mlflow = "MLflow"
        case database = "PostgreSQL"
        case redis = "Redis"
        case artifacts = "Artifact store"
        case balancer = "Load balancer"
        case ecs = "ECS services"
        case aws = "Other AWS"
        case other = "Other"

        /// The row of a part that the availability matrix of the documents has as well.
        init(_ part: ServiceRow.Part) {
            switch part {
            case .api: self = .api
            case .registry: self = .registry
            case .mlflow: self = .mlflow
            case .postgres: self = .database
            case .redis: self = .redis
            case .auth: self = .auth
            case .balancer: self = .balancer
            case .ecs: self = .ecs
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
            for part in Self.parts(of: check) {
                cells[part, default: [:]][Kind(check.descriptor.category), default: Cell()].rows.append(check)
            }
        }
        rows = Part.allCases.compactMap { part in
            cells[part].map { found in Row(part: part, cells: Kind.allCases.map { found[$0] ?? Cell() }) }
        }
    }

    /// What the check is about, by the rule of the availability matrix, so that both say the same of a service.
    private static func parts(of check: CheckRow) -> [Part] {
        let services = ServiceRow.Part.allCases.filter { ServiceRow.isAbout(check.descriptor, $0) }.map { Part($0) }
        guard services.isEmpty else { return services }
        switch check.descriptor.category {
        case .aws, .permissions: return [Part(awsArea: check.descriptor.id)]
        case .unit, .integration, .load, .chaos, .serviceHealth, .performance: return [.api]
        default: return [.other]
        }
    }
}
