import Formats
import Foundation
import HTTPClient

/// What credential sources read: environment variables, small files, the clock and local HTTP endpoints. Tests replace each.
public struct CredentialSurroundings: Sendable {
    public var environment: [String: String]
    /// The content of a file; nil when there is none.
    public var readFile: @Sendable (String) -> String?
    public var now: @Sendable () -> Date
    public var transport: any AWSTransport

    public init(
        environment: [String: String], readFile: @escaping @Sendable (String) -> String? = Self.readSmallFile,
        now: @escaping @Sendable () -> Date = { Date() }, transport: any AWSTransport
    ) {
        self.environment = environment
        self.readFile = readFile
        self.now = now
        self.transport = transport
    }

    /// Reads a file of at most 1 MB.
    @Sendable public static func readSmallFile(_ path: String) -> String? {
        (try? OutsideFile.bytes(of: path, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
    }

    var homeDirectory: String { environment["HOME"].nonEmpty ?? "/root" }
}

/// Sends HTTP requests. The real one is `HTTPClient`; tests answer themselves.
public protocol AWSTransport: Sendable {
    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse
}

extension HTTPClient: AWSTransport {}

/// One place credentials may come from.
protocol CredentialSource: Sendable {
    /// What it is called when sources are listed.
    var name: String { get }
    /// The credentials; nil when this source is not set up here.
    ///
    /// - Throws: when it is set up and does not work: a broken source must not be passed over silently.
    func credentials() async throws(AWSError) -> AWSCredentials?
}
