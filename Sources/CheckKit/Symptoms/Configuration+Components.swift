import Formats
import RunModel
import Settings

extension Configuration {
    /// Which components a URL leads to: the one that takes the connection, and the one that is asked.
    package struct Destination: Hashable {
        /// Of several services that share an address the one in front: MLflow behind the API's proxy is reached through the API.
        package var door: Component
        package var asked: Component
    }

    /// Nil for a URL that is none of the configured services'.
    package func destination(of url: String) -> Destination? {
        guard let place = Place.text(of: url) else { return nil }
        let order: [Service] = [.api, .registry, .auth, .mlflowDirect, .mlflow]
        guard let front = order.first(where: { services.url(of: $0).flatMap(Place.text) == place }) else { return nil }
        let door = Component.service(front)
        guard let mlflow = services.mlflow, url.hasPrefix(mlflow) else { return Destination(door: door, asked: door) }
        return Destination(door: door, asked: .mlflow)
    }

    /// What a URL leads to, a name in DNS where it is no configured service.
    package func component(at url: String) -> Component {
        destination(of: url)?.asked ?? Component(.dnsName, CheckContext.host(of: url))
    }

    /// Where a service that is no HTTP server listens, or an HTTP service by its URL.
    package func place(of service: Service) -> String? {
        switch service {
        case .database: database.map { NetworkAddress(host: $0.host, port: $0.port).description }
        case .redis: redis.map { NetworkAddress(host: $0.host, port: $0.port).description }
        default: services.url(of: service).flatMap(Place.text)
        }
    }
}
