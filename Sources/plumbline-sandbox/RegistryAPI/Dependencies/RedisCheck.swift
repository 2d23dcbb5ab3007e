/// Whether Redis answers a ping (contract §2.3).
struct RedisCheck: Sendable {
    enum Outcome: Sendable, Equatable {
        case healthy
        case disabled
        case unhealthy(error: String)

        var word: String {
            switch self {
            case .healthy: "healthy"
            case .disabled: "disabled"
            case .unhealthy: "unhealthy"
            }
        }
    }

    var url: String?
    var dependencies: RegistryDependencies

    func run() async -> Outcome {
        guard let url else { return .disabled }
        do {
            let answers = try await dependencies.redis(url, [["PING"]])
            guard answers.first == .text("PONG") else { return .unhealthy(error: "unexpected answer to PING") }
            return .healthy
        } catch {
            return .unhealthy(error: error.text)
        }
    }
}
