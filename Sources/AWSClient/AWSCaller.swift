import Foundation
import HTTPClient

/// Sends single calls: finds the endpoint, signs, retries, reads the answer.
struct AWSCaller: Sendable {
    let region: String
    let configuredURL: String?
    let surroundings: CredentialSurroundings
    let retry: AWSRetry
    /// For one attempt.
    let deadline: Duration

    /// Largest answer accepted, in bytes.
    private static let maximumAnswer = 8 << 20

    func call<Output>(
        _ operation: AWSOperation<Output>, credentials: () async throws(AWSError) -> AWSCredentials?,
        refused: (AWSCredentials) async -> Void = { _ in }
    ) async throws(AWSError) -> AWSAnswer {
        let endpoint = try AWSEndpoint.resolve(
            operation.service, region: region, environment: surroundings.environment, configuredURL: configuredURL)
        var signingRegion = endpoint.signingRegion
        var hasMoved = false
        var hasRenewed = false
        var attempt = 1
        while true {
            let keys = try await credentials()
            let left = AWSTimeLimit.left
            guard left > .zero else { throw AWSTimeLimit.error(operation) }
            let outcome = try await send(operation, endpoint, signingRegion, keys, within: min(deadline, left))
            let failure: AWSError
            var retryAfter: Duration?
            switch outcome {
            case .answer(let answer):
                if (200..<300).contains(answer.response.status) { return answer }
                let home = answer.response.headers["x-amz-bucket-region"]
                // Once: an endpoint that names another region each time is none of S3.
                if let home, !hasMoved, home != signingRegion, [301, 307, 400].contains(answer.response.status) {
                    hasMoved = true
                    signingRegion = home
                    continue
                }
                failure = answer.error()
                retryAfter = AWSRetry.serverDelay(answer.response.headers["retry-after"], now: surroundings.now())
            case .failure(let error): failure = error
            }
            if failure.kind == .expiredCredentials, !hasRenewed, let keys {
                hasRenewed = true
                await refused(keys)
                continue
            }
            guard let delay = retry.delay(after: attempt, error: failure, retryAfter: retryAfter) else { throw failure }
            guard delay < AWSTimeLimit.left else { throw failure }
            do { try await retry.sleep(delay) } catch { throw failure }
            attempt += 1
        }
    }

    /// The URL of a call with its signature in it.
    func link<Output>(
        _ operation: AWSOperation<Output>, expires: Duration, credentials: AWSCredentials
    ) throws(AWSError) -> String {
        let endpoint = try AWSEndpoint.resolve(
            operation.service, region: region, environment: surroundings.environment, configuredURL: configuredURL)
        let unsigned = try AWSRequestBuilder(endpoint: endpoint).request(for: operation)
        return SignatureV4(
            service: operation.service.signingName, region: endpoint.signingRegion, credentials: credentials
        ).link(unsigned, at: surroundings.now(), expires: expires)
    }

    private enum SendOutcome {
        case answer(AWSAnswer)
        case failure(AWSError)
    }

    private func send<Output>(
        _ operation: AWSOperation<Output>, _ endpoint: AWSEndpoint, _ signingRegion: String,
        _ credentials: AWSCredentials?, within deadline: Duration
    ) async throws(AWSError) -> SendOutcome {
        var unsigned = try AWSRequestBuilder(endpoint: endpoint).request(for: operation)
        let ownHost = "." + operation.service.endpointPrefix + "." + region + "."
        if signingRegion != region, ("." + unsigned.authority).contains(ownHost) {
            unsigned.authority = unsigned.authority.replacingOccurrences(
                of: "." + region + ".", with: "." + signingRegion + ".")
        }
        var headers = unsigned.headers
        if operation.isSigned, let credentials {
            headers = SignatureV4(
                service: operation.service.signingName, region: signingRegion, credentials: credentials
            ).sign(unsigned, at: surroundings.now())
        }
        headers.append(HTTPHeader("user-agent", "plumbline"))
        let request = HTTPRequest(
            method: unsigned.method, url: unsigned.url, headers: headers,
            body: unsigned.body.isEmpty && ["GET", "HEAD", "DELETE"].contains(unsigned.method) ? nil : unsigned.body,
            deadline: deadline, maximumBodyBytes: Self.maximumAnswer)
        do throws(HTTPError) {
            let response = try await surroundings.transport.send(request)
            return .answer(
                AWSAnswer(
                    service: operation.service, operation: operation.label, action: operation.action,
                    response: response, receivedAt: surroundings.now()))
        } catch {
            return .failure(
                AWSError(
                    .transport, operation: operation.label,
                    message: "\(endpoint.scheme)://\(unsigned.authority): \(error.message)", action: operation.action))
        }
    }
}
