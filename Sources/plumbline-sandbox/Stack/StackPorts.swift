/// The ports of one stack on 127.0.0.1. Names ending in `Proxy` belong to the fault proxy.
struct StackPorts: Sendable, Codable, Equatable {
    let balancer, api, auth, gateway, mlflow, postgres, redis, aws: Int
    let faultAPI, mlflowProxy, postgresProxy, redisProxy, authProxy: Int
    /// Where Redis speaks TLS, in a stack that has it.
    let redisTLS: Int

    static func find() throws -> StackPorts {
        var free = try FreePorts.find(14)
        func next() -> Int { free.removeLast() }
        return StackPorts(
            balancer: next(), api: next(), auth: next(), gateway: next(), mlflow: next(), postgres: next(),
            redis: next(), aws: next(), faultAPI: next(), mlflowProxy: next(), postgresProxy: next(),
            redisProxy: next(), authProxy: next(), redisTLS: next())
    }
}
