import HTTPClient
import RunModel
import Settings

extension Configuration {
    /// What one exchange over HTTP showed of the system: the edges it went along, and which of them held.
    package func path(of request: HTTPRequest, _ result: Result<HTTPResponse, HTTPError>) -> Path {
        guard let destination = destination(of: request.url) else {
            let name = Component(.dnsName, CheckContext.host(of: request.url))
            if case .success = result { return Path([.call(.vantage, name, held: true)]) }
            return Path([.call(.vantage, name, held: false)])
        }
        guard case .success(let response) = result else {
            return Path([.call(.vantage, destination.door, held: false)])
        }
        guard response.status >= 400 else { return Self.good(destination, withKey: request.carriesKey) }
        return Self.bad(destination, response, withKey: request.carriesKey)
    }

    private static func good(_ destination: Destination, withKey: Bool) -> Path {
        var path = Path([.call(.vantage, destination.door, held: true)])
        if withKey, destination.door == .api { path.add(.call(.api, .auth, held: true)) }
        if destination.asked != destination.door { path.add(.call(destination.door, destination.asked, held: true)) }
        return path
    }

    /// Who gave an error tells how far the request came (contract §11, "differential").
    private static func bad(_ destination: Destination, _ response: HTTPResponse, withKey: Bool) -> Path {
        let responder = Responder.recognised(in: response)
        let door = destination.door
        if responder == .balancer {
            return Path([
                .call(.vantage, .balancer, held: true), .call(.balancer, door, held: response.status < 500),
            ])
        }
        let speaksOfAuth = response.words.contains("Authentication service")
        var path = Path()
        if withKey, door == .api { path.add(.call(.api, .auth, held: !speaksOfAuth)) }
        if speaksOfAuth || [401, 403].contains(response.status) && responder != .mlflow {
            // The request ended at the door.
            path.add(.call(.vantage, door, held: true))
        } else if destination.asked != door {
            path.add(.call(.vantage, door, held: true))
            path.add(.call(door, destination.asked, held: response.status < 500 || responder == .mlflow))
        } else {
            path.add(.call(.vantage, door, held: response.status < 500))
        }
        return path
    }
}

extension HTTPRequest {
    fileprivate var carriesKey: Bool {
        headers.contains { ["authorization", "x-api-key"].contains($0.name.lowercased()) }
    }
}
