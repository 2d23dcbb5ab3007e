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
        let start = ContinuousClock.now
        do {
            let response = try await services.http.send(request)
            record(request, .success(response), text: request.transcript(response), since: start)
            return response
        } catch {
            record(request, .failure(error), text: request.transcript(error), since: start)
            throw error
        }
    }

    private func record(
        _ request: HTTPRequest, _ result: Result<HTTPResponse, HTTPError>, text: String,
        since start: ContinuousClock.Instant
    ) {
        let configuration = services.configuration
        recorder.observe(request, result, configuration)
        recorder.note(request, result)
        recorder.touch(configuration.path(of: request, result))
        recorder.attach(
            Evidence(
                "\(request.method) \(request.path)", text: text,
                exchange: Exchange(request, result, took: ContinuousClock.now - start, configuration)))
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

    /// The longest body that stands in a command, in bytes; a longer one is named as a file.
    package static let longestCommandBody = 2000

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
        // curl would read a range into brackets and walk up from two dots.
        if url.contains(where: { "{}[]".contains($0) }) { words.append("--globoff") }
        if path.contains("/.") { words.append("--path-as-is") }
        if let authority, url.hasPrefix("https:") { words += ["--cacert", Self.shellQuoted(authority, secrets: [:])] }
        for header in headers {
            // curl leaves a header without a value out unless a semicolon ends its name.
            let line = header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)"
            words += ["-H", Self.shellQuoted(line, secrets: secrets)]
        }
        if let body {
            let text = String(decoding: body, as: UTF8.self)
            words +=
                body.count > Self.longestCommandBody
                ? ["--data-binary", "@body"]
                : [text.hasPrefix("@") ? "--data-raw" : "--data-binary", Self.shellQuoted(text, secrets: secrets)]
        }
        words.append(Self.shellQuoted(url, secrets: secrets))
        return words.joined(separator: " ")
    }

    /// Double quotes around a text in which known secrets become `$NAME`.
    private static func shellQuoted(_ text: String, secrets: [String: Secret]) -> String {
        var quoted = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("$", with: "\\$")
            .replacing("`", with: "\\`")
        // The longest first; of two names for one value the one that checks work with.
        let ordered = secrets.sorted { left, right in
            let lengths = (left.value.reveal()?.count ?? 0, right.value.reveal()?.count ?? 0)
            return lengths.0 != lengths.1
                ? lengths.0 > lengths.1
                : (left.key == KeyName.api.rawValue ? "" : left.key)
                    < (right.key == KeyName.api.rawValue ? "" : right.key)
        }
        for (name, secret) in ordered {
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

    private static let longestShownBody = 64 << 10

    private var requestLines: [String] {
        var lines = [">>> \(method) \(url)"]
        for header in headers { lines.append("\(header.name): \(header.value)") }
        if let body {
            lines += ["", String(decoding: body, as: UTF8.self).excerpt(Self.longestShownBody)]
            if body.count > Self.longestShownBody {
                lines.append("[\(body.count) bytes in all; the rest is left out]")
            }
        }
        return lines + [""]
    }
}

extension Secret {
    /// The environment variable that holds the value, or one named after the key.
    func variableName(key: String) -> String {
        if case .environment(let name) = source { return name }
        return key == "api"
            ? "HOKUSAI_API_KEY"
            : "PLUMBLINE_KEY_" + key.uppercased().map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
    }
}
