import Formats
import Foundation
import HTTPClient

/// A role of IAM Identity Center, with the token that `aws sso login` left in its cache.
struct SingleSignOnCredentials {
    let surroundings: CredentialSurroundings
    let source: String

    private struct Answer: Decodable {
        struct Role: Decodable {
            let accessKeyId: String
            let secretAccessKey: String
            let sessionToken: String
            /// Milliseconds since 1970.
            let expiration: Int64
        }
        let roleCredentials: Role
    }

    /// - Parameters:
    ///   - settings: of the profile.
    ///   - session: of the section `sso-session` that it names; nil where the profile says everything itself.
    func credentials(
        _ settings: [String: String], session: (name: String, settings: [String: String])?
    ) async throws(AWSError) -> AWSCredentials {
        let own = session?.settings ?? settings
        guard let start = own["sso_start_url"].nonEmpty, let region = own["sso_region"].nonEmpty,
            let account = settings["sso_account_id"].nonEmpty, let role = settings["sso_role_name"].nonEmpty
        else { throw failure("it needs sso_start_url, sso_region, sso_account_id and sso_role_name") }
        guard region.wholeMatch(of: #/[a-z]{2,5}(-[a-z]+)+-\d+/#) != nil else {
            throw failure("sso_region \"\(region)\" is not a region")
        }
        let login = session.map { "aws sso login --sso-session \($0.name)" } ?? "aws sso login"
        let token = try token(named: session?.name ?? start, login: login)
        let domain = AWSPartition.containing(region: region).domain
        let query = "role_name=\(PercentEncoding.encode(role[...]))&account_id=\(PercentEncoding.encode(account[...]))"
        let request = HTTPRequest(
            url: "https://portal.sso.\(region).\(domain)/federation/credentials?\(query)",
            headers: [HTTPHeader("x-amz-sso_bearer_token", token)], deadline: .seconds(10), maximumBodyBytes: 1 << 16)
        return try await ask(request, login: login)
    }

    private func ask(_ request: HTTPRequest, login: String) async throws(AWSError) -> AWSCredentials {
        let response: HTTPResponse
        do { response = try await surroundings.transport.send(request) } catch {
            throw failure("the portal does not answer: \(error.message)")
        }
        if response.status == 401 { throw failure("the portal does not accept the token any more; run `\(login)`") }
        guard response.status == 200 else { throw failure("the portal answered \(response.status)") }
        guard let document = try? JSONDocumentReader.read(response.body),
            let role = try? AWSDocumentDecoder.decode(Answer.self, from: document).roleCredentials
        else { throw failure("the portal did not answer with credentials") }
        return AWSCredentials(
            accessKeyID: role.accessKeyId, secretAccessKey: role.secretAccessKey, sessionToken: role.sessionToken,
            expiration: Date(timeIntervalSince1970: Double(role.expiration) / 1000), source: source)
    }

    /// The cache's file is called by the SHA-1 of the session's name, or of the start URL where there is no session.
    private func token(named name: String, login: String) throws(AWSError) -> String {
        let file = surroundings.homeDirectory + "/.aws/sso/cache/\(Digest.sha1Hex(of: name)).json"
        guard let text = surroundings.readFile(file) else { throw failure("nobody is logged in; run `\(login)`") }
        guard let cached = try? JSONDocumentReader.read(Array(text.utf8)),
            let token = cached["accessToken"]?.text.nonEmpty,
            !token.contains(where: \.isNewline)
        else { throw failure("\(file) holds no token; run `\(login)`") }
        let end = cached["expiresAt"]?.text.flatMap { Timestamp.date($0.replacing("UTC", with: "Z")) }
        if let end, end <= surroundings.now() {
            throw failure("the login expired at \(Timestamp.text(end)); run `\(login)`")
        }
        return token
    }

    private func failure(_ message: String) -> AWSError {
        AWSError(.noCredentials, operation: source, message: "single sign-on: \(message)")
    }
}
