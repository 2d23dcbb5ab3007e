/// One running piece of the stack.
struct Part: Sendable, Codable, Equatable {
    static let postgres = "postgres"
    static let redis = "redis"
    static let mlflow = "mlflow"
    static let aws = "aws"
    static let gateway = "gateway"
    static let api = "api"
    static let auth = "auth"
    static let balancer = "nginx"
    static let faultProxy = "fault-proxy"

    /// What a reader calls it.
    let title: String
    /// Where it answers, for the table.
    let address: String
    var launch: Launch
    var readiness: Readiness
    /// Seconds until it must be healthy.
    let patience: Int

    var name: String { launch.name }

    /// How the part shows that it works.
    enum Readiness: Sendable, Codable, Equatable {
        /// This URL answers one of these statuses.
        case http(url: String, host: String?, statuses: [Int])
        case redis(port: Int, password: String)
        case postgres(port: Int, password: String)
    }
}
