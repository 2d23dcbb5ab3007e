import AWSClient
import Formats
import Foundation
import Glibc
import Processes
import Secrets

/// Sends the HTTP requests of injectors and undos.
public protocol FaultTransport: Sendable {
    /// - Returns: status and body.
    /// - Throws: any error with a readable description.
    func send(
        method: String, url: String, headers: [String: String], body: String?, deadline: Duration
    ) async throws -> (status: Int, body: String)
}

/// Why an undo action did not succeed.
public struct UndoFailure: Error, Hashable, Sendable, CustomStringConvertible {
    var action: UndoAction
    public var reason: String
    /// Whether trying again is of no use.
    public var isFinal: Bool

    public init(action: UndoAction, reason: String, isFinal: Bool = false) {
        self.action = action
        self.reason = reason
        self.isFinal = isFinal
    }

    public var description: String { "\(action): \(reason)" }
}

/// Performs undo actions.
public struct UndoPerformer: Sendable {
    private let transport: any FaultTransport
    /// Why an action is not performed; nil when it may be.
    public let refusal: @Sendable (UndoAction) -> String?
    private let secret: @Sendable (String) -> String?
    private let aws: AWSClient?
    private let account: String?
    private let commandEnvironment: [String: String]

    /// - Parameters:
    ///   - permission: why an action is not performed, nil when it may be; asked before every one (``UndoPermission``).
    ///   - secret: the value in clear of a secret by its name; nil when it is not known here.
    ///   - aws: for what was changed there; nil where AWS is not configured.
    ///   - account: the AWS account that alone is changed; nil when the configuration names none.
    ///   - commandEnvironment: the variables of undo commands, beside those that every command gets.
    public init(
        transport: any FaultTransport, permission: @escaping @Sendable (UndoAction) -> String?,
        secret: @escaping @Sendable (String) -> String? = { _ in nil }, aws: AWSClient? = nil, account: String? = nil,
        commandEnvironment: [String: String] = [:]
    ) {
        self.commandEnvironment = commandEnvironment
        self.transport = transport
        refusal = permission
        self.secret = secret
        self.aws = aws
        self.account = account
    }

    /// Performs one action once.
    ///
    /// - Throws: ``UndoFailure``, a final one when the action is not permitted.
    public func perform(_ action: UndoAction) async throws(UndoFailure) {
        if let refusal = refusal(action) {
            throw UndoFailure(
                action: action,
                reason:
                    "not performed: \(refusal). An undo is performed only when this configuration could have written it down; "
                    + "do it by hand if it is yours, and see who can write to the state directory if it is not",
                isFinal: true)
        }
        let failure: String? =
            switch action {
            case .http(let request): await send(request)
            case .find(let action): await find(action)
            case .process(let signal): deliver(signal)
            case .command(let command): await run(command)
            case .stopTasks(let tasks): await withAWS { aws in try await ECSTasks(aws).stop(tasks) }
            case .setDesiredCount(let service):
                await withAWS { aws in
                    _ = try await aws.call(
                        ECS.updateService(
                            cluster: service.cluster, service.service, desiredCount: service.desiredCount))
                }
            case .deleteObject(let object):
                await withAWS { aws in
                    do throws(AWSError) {
                        _ = try await aws.call(S3.deleteObject(object.bucket, key: object.key))
                    } catch {
                        if error.kind != .notFound { throw error }
                    }
                }
            }
        if let failure { throw UndoFailure(action: action, reason: failure) }
    }

    private func withAWS(_ body: (AWSClient) async throws -> Void) async -> String? {
        guard let aws else { return "AWS is not configured here; give the configuration with its `aws` section" }
        do {
            if let account {
                let caller = try await aws.call(STS.getCallerIdentity())
                guard caller.account == account else {
                    return "`aws.account` is \(account), but the credentials belong to account \(caller.account)"
                }
            }
            try await body(aws)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func send(_ request: UndoAction.HTTPAction) async -> String? {
        await exchange(request) { _ in }
    }

    private func find(_ action: UndoAction.FindAction) async -> String? {
        var found: [String] = []
        let failure = await exchange(action.search) { body in
            guard let json = try? JSON.decode(JSONValue.self, from: Data(body.utf8)) else { return }
            found = Self.identifiers(in: json, at: action.identifierPath)
        }
        if let failure { return failure }
        for identifier in found {
            var request = action.then
            let placeholder = UndoAction.FindAction.placeholder
            request.url = request.url.replacing(placeholder, with: identifier)
            request.body = request.body?.replacing(placeholder, with: identifier)
            if let failure = await send(request) { return failure }
        }
        return nil
    }

    /// What is not plainly an identifier is left alone: it would be pasted into a URL or a body.
    private static func identifiers(in json: JSONValue, at path: String) -> [String] {
        var found = [json.at(path)?.text]
        if let list = path.range(of: "[*].") {
            let elements = json.at(String(path[..<list.lowerBound]))?.array ?? []
            found = elements.map { $0.at(String(path[list.upperBound...]))?.text }
        }
        return found.compactMap(\.self).filter { $0.wholeMatch(of: #/[A-Za-z0-9._-]{1,128}/#) != nil }
    }

    /// - Parameter read: gets the body of an answer with an expected status of success.
    private func exchange(_ request: UndoAction.HTTPAction, _ read: (String) -> Void) async -> String? {
        var headers = request.headers
        if let header = request.secretHeader {
            guard let value = secret(header.secret) else {
                return "the secret ‘\(header.secret)’ is not known here; give the configuration that names it"
            }
            headers[header.name] = header.prefix + value
        }
        do {
            // Secrets of the configuration were written down by name.
            let answer = try await transport.send(
                method: request.method, url: revealed(request.url), headers: headers.mapValues(revealed),
                body: request.body.map(revealed), deadline: .seconds(10))
            if request.expectedStatuses.contains(answer.status) {
                if (200..<300).contains(answer.status) { read(answer.body) }
                return nil
            }
            let expected = request.expectedStatuses.map(String.init).joined(separator: " or ")
            return "expected status \(expected), got \(answer.status): \(answer.body.excerpt(300))"
        } catch {
            return "\(error)"
        }
    }

    private func revealed(_ text: String) -> String { Redactor.revealed(text, by: secret) }

    private func deliver(_ action: UndoAction.ProcessAction) -> String? {
        let process = ProcessIdentity(pid: action.pid, startTime: action.startTime)
        // A process that is gone needs no undo; one with the same number and another start is somebody else's.
        guard process.isRunning else { return nil }
        guard kill(action.wholeGroup ? -action.pid : action.pid, action.signal) != 0 else { return nil }
        return errno == ESRCH ? nil : String(cString: strerror(errno))
    }

    private func run(_ command: UndoAction.CommandAction) async -> String? {
        do {
            let result = try await CommandRun.run(
                ProcessLaunch(
                    arguments: command.arguments.map(revealed),
                    environment: CleanEnvironment.variables().merging(commandEnvironment) { _, new in new }),
                deadline: .seconds(clamping: command.deadline), outputLimit: 8192)
            if result.ending == .exited(0) { return nil }
            return "ended with \(result.ending): \(result.error.text.excerptOfEnd(300))"
        } catch {
            return "\(error)"
        }
    }
}
