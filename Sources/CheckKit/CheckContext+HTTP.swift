import Formats
import Foundation
import HTTPClient
import RunModel
import Secrets

extension CheckContext {
    /// Sends a request, keeps the exchange as evidence and a curl command as the reproduction. A deadline that ends before
    /// the target's own limit is moved beyond it, see ``Patience``.
    ///
    /// An ``HTTPError`` that is not caught ends the check as failed: nothing answered where something should.
    @discardableResult
    public func exchange(_ request: HTTPRequest) async throws -> HTTPResponse {
        var request = request
        request.deadline = max(request.deadline, Patience.least(for: request, services.configuration.services))
        recorder.reproduce(
            with: request.curlCommand(
                secrets: services.configuration.keys, authority: services.configuration.services.caFile))
        do {
            let response = try await services.http.send(request)
            recorder.note(request, .success(response))
            recorder.touch(services.configuration.path(of: request, .success(response)))
            recorder.attach(Evidence("\(request.method) \(request.path)", text: request.transcript(response)))
            return response
        } catch {
            recorder.note(request, .failure(error))
            recorder.touch(services.configuration.path(of: request, .failure(error)))
            recorder.attach(Evidence("\(request.method) \(request.path)", text: request.transcript(error)))
            throw error
        }
    }

    /// GETs a path of a configured service, without a key.
    @discardableResult
    public func get(
        _ path: String, of service: Service = .api, headers: [HTTPHeader] = [], deadline: Duration = .seconds(10)
    ) async throws -> HTTPResponse {
        try await exchange(HTTPRequest(url: try url(of: service, path: path), headers: headers, deadline: deadline))
    }
}

extension HTTPRequest {
    /// The path and query of the URL.
    package var path: String {
        guard let start = url.range(of: "://")?.upperBound, let slash = url[start...].firstIndex(of: "/") else {
            return "/"
        }
        return String(url[slash...])
    }

    /// A command that sends the same request. Values of known keys stand as the variables that hold them.
    ///
    /// - Parameter authority: the file with the certificates to trust; nil for the system's.
    package func curlCommand(secrets: [String: Secret], authority: String? = nil) -> String {
        var words = ["curl", "-sS", "-i", "--max-time", "\(max(1, Int(clamping: deadline.seconds.rounded(.up))))"]
        if method == "HEAD" {
            words = ["curl", "-sS", "-I", "--max-time", words[4]]
        } else if method != "GET" {
            words += ["-X", method]
        }
        if let authority, url.hasPrefix("https:") { words += ["--cacert", Self.shellQuoted(authority, secrets: [:])] }
        for header in headers {
            words += ["-H", Self.shellQuoted("\(header.name): \(header.value)", secrets: secrets)]
        }
        if let body {
            let text = String(decoding: body, as: UTF8.self)
            words +=
                body.count > 2000
                ? ["--data-binary", "@body"] : ["--data-binary", Self.shellQuoted(text, secrets: secrets)]
        }
        words.append(Self.shellQuoted(url, secrets: secrets))
        return words.joined(separator: " ")
    }

    /// Double quotes around a text in which known secrets become `$NAME`.
    private static func shellQuoted(_ text: String, secrets: [String: Secret]) -> String {
        var quoted = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("$", with: "\\$")
            .replacing("`", with: "\\`")
        for (name, secret) in secrets.sorted(by: { ($0.value.reveal()?.count ?? 0) > ($1.value.reveal()?.count ?? 0) })
        {
            guard let value = secret.reveal(), value.count >= 4 else { continue }
            quoted = quoted.replacing(value, with: "${\(secret.variableName(key: name))}")
        }
        return "\"\(quoted)\""
    }

    /// Request and answer as one readable text.
    package func transcript(_ response: HTTPResponse) -> String {
        let timing = response.timing
        var lines = requestLines
        lines.append(
            "<<< \(response.status) after \(timing.total.readable) from \(response.remoteAddress ?? "?") "
                + "(dns \(timing.dns.readable), connect \(timing.connect.readable), tls \(timing.tls.readable), first byte \(timing.firstByte.readable))"
        )
        for header in response.headers { lines.append("\(header.name): \(header.value)") }
        lines.append("")
        lines.append(response.text)
        return lines.joined(separator: "\n")
    }

    package func transcript(_ error: HTTPError) -> String {
        (requestLines + ["<<< no answer: \(error)"]).joined(separator: "\n")
    }

    private var requestLines: [String] {
        var lines = [">>> \(method) \(url)"]
        for header in headers { lines.append("\(header.name): \(header.value)") }
        if let body { lines += ["", String(decoding: body, as: UTF8.self).excerpt(64 << 10)] }
        return lines + [""]
    }
}

extension Secret {
    /// The environment variable that holds the value, or one named after the key.
    package func variableName(key: String) -> String {
        if case .environment(let name) = source { return name }
        return key == "api"
            ? "HOKUSAI_API_KEY"
            : "PLUMBLINE_KEY_" + key.uppercased().map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
    }
}
