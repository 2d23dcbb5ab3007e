import Formats
import Foundation
import HTTPClient
import Processes

/// What credential sources read: environment variables, small files, the clock and local HTTP endpoints. Tests replace each.
public struct CredentialSurroundings: Sendable {
    public var environment: [String: String]
    /// The content of a file; nil when there is none.
    public var readFile: @Sendable (String) -> String?
    public var now: @Sendable () -> Date
    public var transport: any AWSTransport
    /// Runs the program of a `credential_process`.
    public var runProgram: @Sendable (_ words: [String]) async throws(ProcessError) -> ProgramResult

    /// How a program ended, and what it printed.
    public struct ProgramResult: Sendable {
        public var succeeded: Bool
        public var ending: String
        public var output: [UInt8]

        public init(succeeded: Bool, ending: String, output: [UInt8]) {
            self.succeeded = succeeded
            self.ending = ending
            self.output = output
        }
    }

    public init(
        environment: [String: String], readFile: @escaping @Sendable (String) -> String? = Self.readSmallFile,
        now: @escaping @Sendable () -> Date = { Date() }, transport: any AWSTransport,
        runProgram: (@Sendable (_ words: [String]) async throws(ProcessError) -> ProgramResult)? = nil
    ) {
        self.environment = environment
        self.readFile = readFile
        self.now = now
        self.transport = transport
        self.runProgram = runProgram ?? Self.program(environment)
    }

    /// Runs a program for at most a minute. It gets the whole environment: what it finds credentials with is its own affair.
    private static func program(
        _ environment: [String: String]
    ) -> @Sendable (_ words: [String]) async throws(ProcessError) -> ProgramResult {
        { (words) async throws(ProcessError) in
            let launch = ProcessLaunch(
                arguments: words, environment: CleanEnvironment.variables().merging(environment) { $1 })
            let result = try await CommandRun.run(launch, deadline: .seconds(60), outputLimit: 1 << 17)
            let ending =
                switch result.ending {
                case .exited(let code): "ended with exit code \(code)"
                case .signalled(let signal): "was ended by signal \(signal)"
                case .deadlineExceeded: "did not end within 60 s"
                case .cancelled: "was cancelled"
                }
            return ProgramResult(
                succeeded: result.ending == .exited(0), ending: ending, output: result.output.bytes)
        }
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
