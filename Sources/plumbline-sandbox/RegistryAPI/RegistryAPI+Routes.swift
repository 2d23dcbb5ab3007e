extension RegistryAPI {
    /// Every route of a profile, in the order the original registers them: the first that fits answers.
    static func routes(_ settings: RegistrySettings) -> RouteTable<Route> {
        var table = RouteTable<Route>()
        addOperations(to: &table, settings)
        addHealth(to: &table, settings.profile)
        addModels(to: &table, settings.profile)
        addFurther(to: &table, settings.profile)
        addMLflowHealth(to: &table, settings.profile)
        addProxy(to: &table, settings.profile)
        return table
    }
}

extension RouteTable where Endpoint == RegistryAPI.Route {
    mutating func get(_ template: String, _ answer: @escaping RegistryAPI.Endpoint) {
        add(["GET"], template, .init(worker: .occupies, answer: answer))
    }

    mutating func post(_ template: String, _ answer: @escaping RegistryAPI.Endpoint) {
        add(["POST"], template, .init(worker: .occupies, answer: answer))
    }
}
