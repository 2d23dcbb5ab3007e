import Formats
import RunModel

/// One line of the service availability matrix.
struct ServiceRow {
    /// The parts of the platform that the matrix has a line for.
    enum Part: String, CaseIterable {
        case api = "API"
        case registry = "Model registry"
        case mlflow = "MLflow"
        case postgres = "PostgreSQL"
        case redis = "Redis"
        case auth = "Auth service"
        case balancer = "Load balancer"
        case ecs = "ECS services"

        /// What its availability is counted in.
        var unit: String { self == .postgres || self == .redis ? "connection" : "request" }
    }

    let part: Part
    /// The checks that are about it, and those that have a result.
    let rows: [CheckRow]
    /// Requests that no check had disturbed, and how many of them were answered without an error of the server.
    let requests: (all: Int, answered: Int)
    /// In milliseconds, sorted.
    let times: [Double]
    /// In seconds.
    let recoveries: [Double]

    init(_ part: Part, _ document: Document) {
        self.part = part
        rows = document.rows.filter { Self.isAbout($0.descriptor, part) }
        let undisturbed = document.rows.filter {
            !$0.descriptor.breaksSomething && !$0.descriptor.needs.contains(.load)
        }
        let exchanges = undisturbed.flatMap { $0.result?.evidence ?? [] }.compactMap(\.exchange)
            .filter { Self.isAnswered(by: part, $0) }
        let calls = undisturbed.flatMap { $0.result?.path?.edges ?? [] }.filter { Self.isReached(part, by: $0) }
        requests = (
            exchanges.count + calls.reduce(0) { $0 + $1.passed + $1.failed },
            exchanges.count { ($0.status ?? 599) < 500 } + calls.reduce(0) { $0 + $1.passed }
        )
        times = exchanges.filter { $0.status != nil }.map(\.duration.milliseconds).sorted()
        recoveries = document.rows.filter { Self.breaks($0.descriptor, part) }
            .flatMap { $0.result?.measurements ?? [] }.filter { $0.name == "fault.recovery_time" }.map(\.value)
    }

    private var statuses: [Status] { rows.compactMap { $0.result?.status } }

    /// The worst of what its checks say; what nobody looked at says so.
    var state: String {
        let said = statuses.filter { $0 != .skipped }
        guard !said.isEmpty else { return rows.isEmpty ? "no check" : "not looked at" }
        let failed = said.count { $0 == .failed || $0 == .timeout }
        if failed > 0 { return failed == said.count ? "failing" : "partly failing" }
        return said.contains { $0 == .passed || $0 == .flaky } ? "working" : "could not tell"
    }

    /// `14 of 16`: checks that passed of those that said something.
    var passed: String {
        let said = statuses.filter(\.isConclusive)
        return "\(said.count { $0 == .passed || $0 == .flaky }) of \(said.count)"
    }

    /// Of requests where it speaks HTTP, else of its checks.
    var availability: String {
        if requests.all > 0 {
            return
                "\(Figure.share(Double(requests.answered) / Double(requests.all))) of \(Figure.count(requests.all, part.unit))"
        }
        let said = statuses.filter(\.isConclusive)
        guard !said.isEmpty else { return "not measured" }
        let good = said.count { $0 == .passed || $0 == .flaky }
        return "\(Figure.share(Double(good) / Double(said.count))) of \(Figure.count(said.count, "check"))"
    }

    /// 0…1; nil where no request measured it.
    var availabilityShare: Double? {
        requests.all > 0 ? Double(requests.answered) / Double(requests.all) : nil
    }

    var errorRate: String {
        requests.all > 0
            ? Figure.share(Double(requests.all - requests.answered) / Double(requests.all)) : "not measured"
    }

    var latency: String {
        guard !times.isEmpty else { return "not measured" }
        return "\(Figure.milliseconds(EndpointRow.median(times))) (n \(times.count))"
    }

    /// The longest of the recoveries that were timed.
    var recovery: String {
        guard let longest = recoveries.max() else { return "not measured" }
        return "\(Figure.milliseconds(longest * 1000)) at most (n \(recoveries.count))"
    }

    var coverage: String {
        "\(statuses.count(where: \.isConclusive)) of \(rows.count)"
    }

    static func isAbout(_ descriptor: CheckDescriptor, _ part: Part) -> Bool {
        let id = descriptor.id.rawValue
        switch part {
        case .api:
            return descriptor.needs.contains(.reach(.api))
                && ![.mlflow, .registration, .database, .redis, .authentication].contains(descriptor.category)
        case .registry: return descriptor.needs.contains(.reach(.registry)) || descriptor.category == .registration
        case .mlflow: return descriptor.category == .mlflow
        case .postgres: return descriptor.category == .database || id.hasPrefix("AWS-RDS-")
        case .redis: return descriptor.category == .redis || id.hasPrefix("AWS-CACHE-")
        case .auth: return descriptor.category == .authentication || descriptor.needs.contains(.reach(.auth))
        case .balancer: return id.hasPrefix("AWS-ALB-")
        case .ecs: return id.hasPrefix("AWS-ECS-")
        }
    }

    private static func isAnswered(by part: Part, _ exchange: Exchange) -> Bool {
        switch part {
        case .api: exchange.component == .api
        case .mlflow: exchange.component == .mlflow
        case .auth: exchange.component == .auth
        case .registry, .postgres, .redis, .balancer, .ecs: false
        }
    }

    /// Where no HTTP is spoken, what counts is the connection.
    private static func isReached(_ part: Part, by edge: Path.Edge) -> Bool {
        switch part {
        case .postgres: edge.from == .vantage && edge.to == .database
        case .redis: edge.from == .vantage && edge.to == .redis
        case .api, .registry, .mlflow, .auth, .balancer, .ecs: false
        }
    }

    private static func breaks(_ descriptor: CheckDescriptor, _ part: Part) -> Bool {
        let dependencies = descriptor.needs.compactMap { need in
            if case .faults(let dependency) = need { dependency } else { nil }
        }
        return switch part {
        case .mlflow: dependencies.contains(.mlflow)
        case .postgres: dependencies.contains(.postgres)
        case .redis: dependencies.contains(.redis) || dependencies.contains(.queue)
        case .auth: dependencies.contains(.auth)
        case .api: dependencies.contains(.memory) || dependencies.contains(.network)
        case .registry, .balancer, .ecs: false
        }
    }
}
