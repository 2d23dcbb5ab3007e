import AWSClient
import Foundation
import HTTPClient
import Synchronization

/// ECS and its logs by a script: each operation has answers, of which the last one is given again and again.
final class FakeECS: AWSTransport {
    struct Answer: Sendable {
        var status = 200
        var body: String

        static func error(_ code: String, _ message: String, status: Int = 400) -> Answer {
            Answer(status: status, body: #"{"__type":"\#(code)","message":"\#(message)"}"#)
        }
    }

    private let state: Mutex<(answers: [String: [Answer]], calls: [(operation: String, body: String)])>
    private let willAnswer: @Sendable (_ operation: String, _ number: Int) -> Void

    /// - Parameter willAnswer: told each call with its number among those of its operation, from 1.
    init(
        _ answers: [String: [Answer]], willAnswer: @escaping @Sendable (_ operation: String, _ number: Int) -> Void
    ) {
        state = Mutex((answers, []))
        self.willAnswer = willAnswer
    }

    var calls: [String] { state.withLock { $0.calls.map(\.operation) } }

    func bodies(of operation: String) -> [String] {
        state.withLock { $0.calls.filter { $0.operation == operation }.map(\.body) }
    }

    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let target = request.headers.first { $0.name == "x-amz-target" }?.value ?? ""
        let operation = String(target.split(separator: ".").last ?? "")
        let answer = state.withLock { state -> Answer in
            state.calls.append((operation, String(decoding: request.body ?? [], as: UTF8.self)))
            guard var answers = state.answers[operation], !answers.isEmpty else {
                return Answer.error("Unscripted", operation)
            }
            let answer = answers[0]
            if answers.count > 1 { answers.removeFirst() }
            state.answers[operation] = answers
            return answer
        }
        willAnswer(operation, calls.filter { $0 == operation }.count)
        return HTTPResponse(status: answer.status, body: Array(answer.body.utf8))
    }

    var client: AWSClient {
        AWSClient(
            .init(region: "eu-west-1", retry: AWSRetry(maximumAttempts: 1)),
            surroundings: CredentialSurroundings(
                environment: ["AWS_ACCESS_KEY_ID": "AKIAFAKE", "AWS_SECRET_ACCESS_KEY": "fake-secret"],
                readFile: { _ in nil }, transport: self))
    }

    // MARK: Answers

    static func tasks(
        _ status: String, stopCode: String? = nil, reason: String? = nil, exitCode: Int? = nil,
        containerReason: String? = nil, arn: String = "arn:aws:ecs:eu-west-1:000000000000:task/c/1"
    ) -> Answer {
        var container = #""name":"plumbline""#
        if let exitCode { container += #","exitCode":\#(exitCode)"# }
        if let containerReason { container += #","reason":"\#(containerReason)""# }
        var task = #""taskArn":"\#(arn)","lastStatus":"\#(status)","containers":[{\#(container)}]"#
        if let stopCode { task += #","stopCode":"\#(stopCode)""# }
        if let reason { task += #","stoppedReason":"\#(reason)""# }
        return Answer(body: #"{"tasks":[{\#(task)}],"failures":[]}"#)
    }

    static let definition = Answer(
        body:
            #"{"taskDefinition":{"taskDefinitionArn":"a","family":"plumbline","revision":1,"containerDefinitions":[{"name":"plumbline","image":"i","logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"/g","awslogs-stream-prefix":"p"}}}]}}"#
    )

    static func log(_ lines: [String], token: String) -> Answer {
        let events = lines.map { #"{"timestamp":1,"message":"\#($0)"}"# }.joined(separator: ",")
        return Answer(body: #"{"events":[\#(events)],"nextForwardToken":"\#(token)"}"#)
    }
}
