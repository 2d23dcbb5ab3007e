import Foundation
import HTTPClient
import Synchronization

@testable import AWSClient

/// Answers requests from a script and remembers them. The last answer is given again and again.
final class ScriptedTransport: AWSTransport {
    private let state: Mutex<(answers: [HTTPResponse], requests: [HTTPRequest])>

    init(_ answers: [HTTPResponse]) { state = Mutex((answers, [])) }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }

    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let answer = state.withLock { state -> HTTPResponse in
            state.requests.append(request)
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
        }
        return answer
    }
}

/// Answers by what is asked.
final class AnsweringTransport: AWSTransport {
    private let answer: @Sendable (HTTPRequest) -> HTTPResponse
    private let state = Mutex<[HTTPRequest]>([])

    init(_ answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse) { self.answer = answer }

    var requests: [HTTPRequest] { state.withLock { $0 } }

    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        state.withLock { $0.append(request) }
        return answer(request)
    }
}

extension HTTPResponse {
    static func answer(_ status: Int, _ body: String, _ headers: [HTTPHeader] = []) -> HTTPResponse {
        HTTPResponse(status: status, headers: HTTPHeaders(headers), body: Array(body.utf8))
    }
}
