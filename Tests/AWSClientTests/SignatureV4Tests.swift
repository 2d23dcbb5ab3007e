import Foundation
import HTTPClient
import TestSupport
import Testing

@testable import AWSClient

@Suite struct SignatureV4Tests {
    /// The example of "Authenticating Requests: Using Query Parameters" in the Amazon S3 API reference.
    @Test func `a link is signed as in Amazon's example`() throws {
        let signature = SignatureV4(
            service: "s3", region: "us-east-1",
            credentials: AWSCredentials(
                accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                source: "example"))
        let request = UnsignedRequest(
            method: "GET", authority: "examplebucket.s3.amazonaws.com", path: "/test.txt")
        let link = signature.link(request, at: Date(timeIntervalSince1970: 1_369_353_600), expires: .seconds(86_400))
        #expect(
            link.hasSuffix(
                "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"))
        #expect(link.hasPrefix("https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&"))
    }

    private struct Case: Decodable {
        struct Pair: Decodable {
            let name: String
            let value: String?
        }
        let number: Int
        let service: String
        let region: String
        let method: String
        let scheme: String
        let authority: String
        let path: String
        let query: [Pair]
        let headers: [Pair]
        let body: String
        let accessKeyID: String
        let secretAccessKey: String
        let sessionToken: String?
        let secondsSince1970: Double
        let url: String
        let canonical: String
        let authorization: String

        var request: UnsignedRequest {
            UnsignedRequest(
                method: method, scheme: scheme, authority: authority, path: path,
                query: query.map { .init($0.name, $0.value) },
                headers: headers.map { HTTPHeader($0.name, $0.value ?? "") }, body: bytes)
        }

        private var bytes: [UInt8] {
            var result: [UInt8] = []
            var rest = body[...]
            while let byte = UInt8(rest.prefix(2), radix: 16) {
                result.append(byte)
                rest = rest.dropFirst(2)
            }
            return result
        }

        var signer: SignatureV4 {
            SignatureV4(
                service: service, region: region,
                credentials: AWSCredentials(
                    accessKeyID: accessKeyID, secretAccessKey: secretAccessKey, sessionToken: sessionToken,
                    source: "test"))
        }
    }

    /// botocore is the oracle: 2,000 requests of all protocols, with reserved and non-ASCII characters, repeated and flag
    /// parameters, repeated headers, session tokens and both S3 styles.
    @Test func `signatures equal those of botocore`() async throws {
        let script = PythonEnvironment.script("signature-cases.py")
        let data = try await PythonEnvironment.find().run([script, "2000", "20260102"])
        let cases = try JSONDecoder().decode([Case].self, from: data)
        #expect(cases.count == 2000)
        var different: [String] = []
        for example in cases {
            let headers = example.signer.sign(
                example.request, at: Date(timeIntervalSince1970: example.secondsSince1970))
            let authorization = headers.last { $0.name == "authorization" }?.value
            if authorization != example.authorization || example.request.url != example.url {
                different.append(
                    "case \(example.number): \(example.request.url)\nexpected canonical request:\n\(example.canonical)")
            }
        }
        #expect(different.isEmpty, "\(different.count) differ, the first is \(different.first ?? "")")
    }

    /// A retry signs the headers of the first attempt again; what signing wrote then must not be part of it.
    @Test func `signing what is signed already gives the same signature`() throws {
        let credentials = AWSCredentials(
            accessKeyID: "EXAMPLE", secretAccessKey: "fake", sessionToken: "t", source: "test")
        let signer = SignatureV4(service: "s3", region: "us-east-1", credentials: credentials)
        var request = UnsignedRequest(method: "GET", authority: "b.s3.us-east-1.amazonaws.com", path: "/a/../b")
        let date = Date(timeIntervalSince1970: 1_700_000_000)
        let first = signer.sign(request, at: date)
        request.headers = first
        #expect(signer.sign(request, at: date) == first)
    }

    @Test func `credentials never show their secrets`() {
        let credentials = AWSCredentials(
            accessKeyID: "EXAMPLE", secretAccessKey: "fake-secret", sessionToken: "fake-token", source: "test")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(!text.contains("fake-"))
        }
    }
}
