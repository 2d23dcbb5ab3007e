import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Serves one of the sandbox's services on loopback until the process is told to end.
struct ServiceServer: Sendable {
    typealias Answer = @Sendable (ServiceRequest) async -> ServiceResponse

    /// Where to listen; only loopback is ever bound.
    var port: Int
    /// Value of the `server` header, if any.
    var serverName: String?
    /// Largest request body taken into memory, in bytes; more is answered 413.
    var maximumBodyBytes = 256 << 20
    var answer: Answer

    /// Prints one line on stdout once connections are accepted, for whoever started the process.
    static func announce(_ label: String) -> @Sendable (Int) async -> Void {
        { port in FileHandle.standardOutput.write(Data("\(label) listening on http://127.0.0.1:\(port)\n".utf8)) }
    }

    /// Serves until SIGTERM or SIGINT; `ready` is called with the port once connections are accepted.
    func run(label: String, ready: @escaping @Sendable (Int) async -> Void = { _ in }) async throws {
        try await application(label: label, ready: ready).runService()
    }

    /// Serves until the surrounding task is cancelled, leaving signals alone: for tests.
    func runUntilCancelled(label: String, ready: @escaping @Sendable (Int) async -> Void) async throws {
        try await application(label: label, ready: ready).runService(gracefulShutdownSignals: [])
    }

    private func application(
        label: String, ready: @escaping @Sendable (Int) async -> Void
    ) -> Application<Responder> {
        var logger = Logger(label: label)
        // A connection that breaks off is everyday life here; what matters is in the answers.
        logger.logLevel = .critical
        return Application(
            responder: Responder(server: self),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port), serverName: nil),
            onServerRunning: { channel in await ready(channel.localAddress?.port ?? port) }, logger: logger)
    }

    private struct Responder: HTTPResponder {
        typealias Context = PeerContext
        var server: ServiceServer

        func respond(to request: Request, context: PeerContext) async throws -> Response {
            guard let body = try? await request.body.collect(upTo: server.maximumBodyBytes) else {
                return Self.response(.detail(413, "Request body larger than \(server.maximumBodyBytes) bytes"), server)
            }
            var headers = ServiceHeaders()
            if let authority = request.head.authority { headers.append("host", authority) }
            for field in request.headers { headers.append(field.name.rawName, field.value) }
            let incoming = ServiceRequest(
                request.method.rawValue, request.head.path ?? "/", headers: headers,
                body: Array(body.readableBytesView), peerAddress: context.peerAddress)
            let answer = await server.answer(incoming)
            if answer.status >= 500 { Self.log(answer, to: incoming) }
            return Self.response(answer, server)
        }

        /// What a service writes when it fails, as its log has it: one line on standard output.
        private static func log(_ answer: ServiceResponse, to request: ServiceRequest) {
            let text = String(decoding: answer.bytes.prefix(500), as: UTF8.self).replacing("\n", with: "\\n")
            let line =
                "\(Moment.naive(Moment.now)) ERROR \(request.method) \(request.rawPath) answered \(answer.status): \(text)\n"
            FileHandle.standardOutput.write(Data(line.utf8))
        }

        private static func response(_ answer: ServiceResponse, _ server: ServiceServer) -> Response {
            var fields = HTTPFields()
            if let name = server.serverName { fields.append(HTTPField(name: .server, value: name)) }
            for header in answer.headers.fields {
                guard let name = HTTPField.Name(header.name) else { continue }
                fields.append(HTTPField(name: name, value: header.value))
            }
            let bytes = answer.bytes
            return Response(
                status: .init(code: answer.status), headers: fields,
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
    }
}

/// Hummingbird's request context with the one thing we need besides: who is calling.
private struct PeerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    var peerAddress: String

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peerAddress = source.channel.remoteAddress?.ipAddress ?? "127.0.0.1"
    }
}
