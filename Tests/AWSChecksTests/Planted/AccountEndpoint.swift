import AWSClient
import Formats
import Foundation
import HTTPClient
import Synchronization

/// AWS in this process: answers calls from an account's holdings in the bytes that AWS would send.
final class AccountEndpoint: AWSTransport {
    private let account: PlantedAccount
    private let calls = Mutex<Set<String>>([])
    private let bodiless = Mutex<Set<String>>([])
    private let objects = AccountObjects()

    init(_ account: PlantedAccount) { self.account = account }

    /// The IAM actions called so far.
    var called: Set<String> { calls.withLock { $0 } }
    /// Those of them whose answers have no body, so that nothing of it can be cut off.
    var calledWithoutBody: Set<String> { bodiless.withLock { $0 } }

    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        guard let call = AccountCall(request) else { return plain(request) }
        calls.withLock { _ = $0.insert(call.action) }
        let fault = account.faults[call.action] ?? account.faults["*"]
        switch fault {
        case .denied: return refusal(call, 403, "AccessDenied", "not authorized to perform: \(call.action)")
        case .throttled: return refusal(call, 400, "ThrottlingException", "Rate exceeded")
        case .failing: return refusal(call, 500, "InternalFailure", "try again")
        case .expired:
            return refusal(call, 403, "ExpiredToken", "The security token included in the request is expired")
        case .skewed:
            var answer = refusal(
                call, 403, "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large")
            answer.headers.append(HTTPHeader("Date", "Tue, 10 Mar 2026 11:30:00 GMT"))
            return answer
        case .html: return HTTPResponse(status: 200, body: Array("<html><body>Sign in</body></html>".utf8))
        case .truncated, .loop, nil: break
        }
        var response = answer(call, isLooping: fault == .loop)
        if response.body.isEmpty { bodiless.withLock { _ = $0.insert(call.action) } }
        if fault == .truncated { response.body = Array(response.body.prefix(response.body.count / 2)) }
        return response
    }

    /// A service of the platform, or an image's configuration.
    private func plain(_ request: HTTPRequest) -> HTTPResponse {
        if let name = request.url.split(separator: "/").last, request.url.contains("layers.example"),
            let blob = account.holdings["ecr"]?["blobs"]?[String(name)]
        {
            return HTTPResponse(status: 200, body: Array(blob.text.utf8))
        }
        let status = account.holdings["http"]?[request.url]?.number.map { Int($0) }
        return HTTPResponse(status: status ?? 404, body: Array("{}".utf8))
    }

    private func answer(_ call: AccountCall, isLooping: Bool) -> HTTPResponse {
        do {
            switch try AccountAnswers(account: account, call: call, objects: objects).content() {
            case .bytes(let bytes): return HTTPResponse(status: 200, body: bytes)
            case .document(let document):
                var document = document
                if isLooping, case .object(var members) = document {
                    for name in ["NextMarker", "nextToken", "NextToken", "Marker"] { members[name] = "again" }
                    document = .object(members)
                }
                return HTTPResponse(status: 200, body: written(document, for: call))
            }
        } catch let problem as AccountAnswers.Problem {
            return refusal(call, problem.status, problem.code, "there is no \(problem.name)")
        } catch {
            return refusal(call, 500, "InternalFailure", "\(error)")
        }
    }

    private func written(_ document: JSONValue, for call: AccountCall) -> [UInt8] {
        switch call.style {
        case .json: return Array(document.text.utf8)
        case .rest: return Array(("<Answer>" + Self.xml(document, isFlat: true) + "</Answer>").utf8)
        case .query:
            let name = call.operation
            return Array(
                "<\(name)Response><\(name)Result>\(Self.xml(document, isFlat: false))</\(name)Result></\(name)Response>"
                    .utf8)
        }
    }

    /// Members as elements; a list is wrapped in one (query protocols) or repeats its element (S3).
    private static func xml(_ value: JSONValue, isFlat: Bool) -> String {
        switch value {
        case .object(let members):
            members.sorted { $0.key < $1.key }.map { name, member in
                if isFlat, let elements = member.array {
                    return elements.map { "<\(name)>\(xml($0, isFlat: isFlat))</\(name)>" }.joined()
                }
                return member == .null ? "" : "<\(name)>\(xml(member, isFlat: isFlat))</\(name)>"
            }.joined()
        case .array(let elements): elements.map { "<member>\(xml($0, isFlat: isFlat))</member>" }.joined()
        case .null: ""
        default: value.text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        }
    }

    private func refusal(_ call: AccountCall, _ status: Int, _ code: String, _ message: String) -> HTTPResponse {
        if call.method == "HEAD" { return HTTPResponse(status: status) }
        let error: JSONValue = ["Code": .string(code), "Message": .string(message)]
        switch call.style {
        case .json:
            let body: JSONValue = ["__type": .string(code), "message": .string(message)]
            return HTTPResponse(status: status, body: Array(body.text.utf8))
        case .query:
            return HTTPResponse(
                status: status,
                body: Array("<ErrorResponse><Error>\(Self.xml(error, isFlat: false))</Error></ErrorResponse>".utf8))
        case .rest:
            return HTTPResponse(status: status, body: Array("<Error>\(Self.xml(error, isFlat: true))</Error>".utf8))
        }
    }
}
