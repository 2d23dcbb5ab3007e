extension RegistryAPI {
    private static let proxiedMethods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]

    /// One catch-all for each mount; whatever stands behind it in the table is never reached (contract §3.1).
    static func addProxy(to table: inout RouteTable<Route>, _ profile: Profile) {
        for mount in profile.proxyMounts {
            let route = Route(worker: .awaits) { api, call in
                await api.proxy.forward(mount.upstreamPrefix + call["rest"], call.request, caller: call.caller)
            }
            table.add(proxiedMethods, mount.prefix + "/{rest...}", route)
        }
    }

    private var proxy: MLflowProxy {
        MLflowProxy(
            baseURL: settings.mlflow.proxyURL, profile: profile, servesArtifacts: settings.mlflow.servesArtifacts,
            http: dependencies.http)
    }
}
