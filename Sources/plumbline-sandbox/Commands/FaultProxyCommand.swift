import ArgumentParser
import Foundation

/// The fault proxy as a process of its own: Toxiproxy's HTTP API on one port, its proxies on theirs.
struct FaultProxyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fault-proxy", abstract: "TCP proxy that injects faults, with Toxiproxy's HTTP API.",
        discussion: """
            For a stand-in deployment without Toxiproxy: put one proxy before each dependency, point the service's settings at \
            the proxies and `faults.toxiproxy` of the configuration at the HTTP API.

              echo '[{"name":"mlflow","listen":"127.0.0.1:15000","upstream":"127.0.0.1:5000"},
                     {"name":"postgres","listen":"127.0.0.1:15432","upstream":"127.0.0.1:5432"}]' > proxies.json
              plumbline-sandbox fault-proxy --port 8474 --config proxies.json

              faults: { toxiproxy: "http://127.0.0.1:8474", proxies: { mlflow: mlflow, postgres: postgres } }

            Every change is a line of JSON on stdout. It runs until it is ended; a proxy that is gone refuses connections.
            """)

    @Option(help: "Port of the HTTP API on 127.0.0.1.")
    var port: Int

    @Option(help: "JSON array of proxies to create at the start.")
    var config: String?

    func run() async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        let proxies = FaultProxies { event in
            // One line per change on stdout, which the sandbox keeps as logs/fault-proxy.log.
            guard let line = try? encoder.encode(event) else { return }
            FileHandle.standardOutput.write(line + Data("\n".utf8))
        }
        if let config {
            let data = try Data(contentsOf: URL(filePath: config))
            for request in try JSONDecoder().decode([ProxyRequest].self, from: data) {
                _ = try await proxies.create(request)
            }
        }
        try await FaultProxyServer(proxies: proxies).run(port: port)
    }
}
