import Foundation
import Hummingbird
import Logging
import NIOCore

/// Toxiproxy's HTTP API over our proxies.
struct FaultProxyServer {
    /// Largest accepted request body, bytes; real ones have a few hundred.
    private static let bodyLimit = 64 * 1024
    /// The release of Toxiproxy whose API this follows; clients compare it.
    private static let version = "2.12.0"

    let proxies: FaultProxies

    /// Serves until the surrounding task is cancelled or the process gets SIGTERM.
    func run(port: Int, ready: @escaping @Sendable (Int) async -> Void = { _ in }) async throws {
        let application = Application(
            router: router(),
            configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: "plumbline-fault-proxy"),
            onServerRunning: { channel in await ready(channel.localAddress?.port ?? port) },
            logger: Logger(label: "fault-proxy") { _ in SwiftLogNoOpLogHandler() })
        try await application.runService()
    }

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        addProxyRoutes(to: router)
        addToxicRoutes(to: router)
        router.get("/version") { _, _ in Self.answer(.ok) { ["version": Self.version] } }
        router.post("/reset") { _, _ in
            await Self.attempt {
                try await proxies.reset()
                return Response(status: .noContent)
            }
        }
        return router
    }

    private func addProxyRoutes(to router: Router<BasicRequestContext>) {
        router.get("/proxies") { _, _ in
            let all = await proxies.all()
            return Self.answer(.ok) { Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) }) }
        }
        router.post("/proxies") { request, _ in
            await Self.attempt {
                let created = try await proxies.create(try await Self.body(request))
                return Self.answer(.created) { created }
            }
        }
        router.get("/proxies/:proxy") { _, context in
            await Self.attempt {
                let proxy = try await proxies.proxy(try context.parameters.require("proxy"))
                return Self.answer(.ok) { proxy }
            }
        }
        for method in [HTTPRequest.Method.post, .patch] {
            router.on("/proxies/:proxy", method: method) { request, context in
                await Self.attempt {
                    let name = try context.parameters.require("proxy")
                    let updated = try await proxies.update(name, try await Self.body(request))
                    return Self.answer(.ok) { updated }
                }
            }
        }
        router.delete("/proxies/:proxy") { _, context in
            await Self.attempt {
                try await proxies.delete(try context.parameters.require("proxy"))
                return Response(status: .noContent)
            }
        }
    }

    private func addToxicRoutes(to router: Router<BasicRequestContext>) {
        router.get("/proxies/:proxy/toxics") { _, context in
            await Self.attempt {
                let proxy = try await proxies.proxy(try context.parameters.require("proxy"))
                return Self.answer(.ok) { proxy.toxics }
            }
        }
        router.post("/proxies/:proxy/toxics") { request, context in
            await Self.attempt {
                let name = try context.parameters.require("proxy")
                let toxic = try await proxies.addToxic(to: name, try await Self.body(request))
                return Self.answer(.ok) { toxic }
            }
        }
        router.get("/proxies/:proxy/toxics/:toxic") { _, context in
            await Self.attempt {
                let name = try context.parameters.require("toxic")
                let proxy = try await proxies.proxy(try context.parameters.require("proxy"))
                guard let toxic = proxy.toxics.first(where: { $0.name == name }) else {
                    throw FaultProxyError.toxicNotFound(name)
                }
                return Self.answer(.ok) { toxic }
            }
        }
        for method in [HTTPRequest.Method.post, .patch] {
            router.on("/proxies/:proxy/toxics/:toxic", method: method) { request, context in
                await Self.attempt {
                    let proxy = try context.parameters.require("proxy")
                    let name = try context.parameters.require("toxic")
                    let toxic = try await proxies.updateToxic(name, of: proxy, try await Self.body(request))
                    return Self.answer(.ok) { toxic }
                }
            }
        }
        router.delete("/proxies/:proxy/toxics/:toxic") { _, context in
            await Self.attempt {
                let proxy = try context.parameters.require("proxy")
                try await proxies.removeToxic(try context.parameters.require("toxic"), from: proxy)
                return Response(status: .noContent)
            }
        }
    }

    private static func body<Value: Decodable>(_ request: Request) async throws -> Value {
        let bytes = try await request.body.collect(upTo: bodyLimit)
        do {
            return try JSONDecoder().decode(Value.self, from: Data(buffer: bytes))
        } catch {
            throw FaultProxyError.badRequest("\(error)")
        }
    }

    private static func attempt(_ work: () async throws -> Response) async -> Response {
        do {
            return try await work()
        } catch let error as FaultProxyError {
            return failure(error.description, status: error.status)
        } catch let error as HTTPError {
            return failure(error.body ?? "\(error.status)", status: error.status.code)
        } catch {
            return failure("\(error)", status: 500)
        }
    }

    private static func failure(_ message: String, status: Int) -> Response {
        struct Failure: Encodable {
            let error: String
            let status: Int
        }
        return answer(.init(code: status)) { Failure(error: message, status: status) }
    }

    private static func answer(_ status: HTTPResponse.Status, _ value: () -> some Encodable) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // The values encoded here are plain strings and numbers; a failure would be a defect of this file.
        guard let data = try? encoder.encode(value()) else { return Response(status: .internalServerError) }
        return Response(
            status: status, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: data)))
    }
}
