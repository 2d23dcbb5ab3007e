import Foundation

/// What `sandbox.json` says about a running stack: everything that a test or a person needs to use it.
struct SandboxState: Sendable, Codable {
    struct RunningPart: Sendable, Codable {
        let name: String
        let title: String
        let address: String
        let process: ProcessRecord
        let log: String
    }

    struct URLs: Sendable, Codable {
        let api: String
        let registry: String
        let auth: String
        /// Through the API's proxy.
        let mlflow: String
        /// The server itself.
        let mlflowDirect: String
        let gateway: String
        let aws: String
        let toxiproxy: String

        enum CodingKeys: String, CodingKey {
            case api, registry, auth, mlflow, gateway, aws, toxiproxy
            case mlflowDirect = "mlflow_direct"
        }
    }

    let version: Int
    let directory: String
    let started: Date
    let options: StackOptions
    let ports: StackPorts
    let urls: URLs
    let secrets: StackSecrets
    /// The fake API keys by name.
    let keys: [String: String]
    let parts: [RunningPart]
    let configuration: String

    init(_ stack: Stack, parts: [Part], records: [String: ProcessRecord]) {
        version = 1
        directory = stack.directory.path
        started = Date()
        options = stack.options
        ports = stack.ports
        urls = URLs(stack.ports, hasTLS: stack.options.hasTLS)
        secrets = stack.secrets
        keys = SandboxKey.all.mapValues(\.key)
        self.parts = parts.compactMap { part in
            records[part.name].map {
                RunningPart(
                    name: part.name, title: part.title, address: part.address, process: $0,
                    log: stack.directory.log(part.name))
            }
        }
        configuration = stack.directory.configuration
    }

    /// Nil when no stack was ever completely started in this directory.
    static func load(_ directory: SandboxDirectory) -> SandboxState? {
        guard let data = FileManager.default.contents(atPath: directory.state) else { return nil }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try? decoder.decode(SandboxState.self, from: data)
    }

    /// Private to its owner: it holds the stack's passwords.
    func save(_ directory: SandboxDirectory) throws {
        try directory.writePrivately(json(), to: directory.state)
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
}

extension SandboxState.URLs {
    init(_ ports: StackPorts, hasTLS: Bool) {
        let scheme = hasTLS ? "https" : "http"
        self.init(
            api: "\(scheme)://api.localhost:\(ports.balancer)",
            registry: "\(scheme)://registry.localhost:\(ports.balancer)",
            auth: "\(scheme)://auth.localhost:\(ports.balancer)",
            mlflow: "\(scheme)://registry.localhost:\(ports.balancer)/api/mlflow",
            mlflowDirect: "http://127.0.0.1:\(ports.mlflow)", gateway: "http://127.0.0.1:\(ports.gateway)",
            aws: "http://127.0.0.1:\(ports.aws)", toxiproxy: "http://127.0.0.1:\(ports.faultAPI)")
    }
}
