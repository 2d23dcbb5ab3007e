import Formats
import Foundation
import Processes

/// `credential_process`: a program that prints credentials as JSON (AWS SDKs and Tools Reference Guide, "Process credential provider").
struct CredentialProcess {
    let surroundings: CredentialSurroundings
    let source: String

    private struct Printed: Decodable {
        let version: Int?
        let accessKeyId: String
        let secretAccessKey: String
        let sessionToken: String?
        let expiration: Date?
    }

    /// - Parameter command: a command line, split as a shell does; no shell runs.
    func credentials(from command: String) async throws(AWSError) -> AWSCredentials {
        guard let words = Self.words(of: command), let program = words.first else {
            throw failure("its command line cannot be read: a quotation mark is not closed, or it is empty")
        }
        let result: CredentialSurroundings.ProgramResult
        do { result = try await surroundings.runProgram(words) } catch {
            throw failure("\(program) could not be run: \(error)")
        }
        // What the program prints when it fails may be anything.
        guard result.succeeded else { throw failure("\(program) \(result.ending)") }
        guard let document = try? JSONDocumentReader.read(result.output),
            let printed = try? AWSDocumentDecoder.decode(Printed.self, from: document)
        else { throw failure("\(program) did not print credentials as JSON") }
        guard printed.version == 1 else { throw failure("\(program) prints a version of credentials other than 1") }
        if let end = printed.expiration, end <= surroundings.now() {
            throw failure("\(program) printed credentials that expired at \(Timestamp.text(end))")
        }
        return AWSCredentials(
            accessKeyID: printed.accessKeyId, secretAccessKey: printed.secretAccessKey,
            sessionToken: printed.sessionToken.nonEmpty, expiration: printed.expiration, source: source)
    }

    private func failure(_ message: String) -> AWSError {
        AWSError(.noCredentials, operation: source, message: "credential_process: \(message)")
    }

    /// Words of a command line: single and double quotes and backslashes as in a POSIX shell, and nothing else of it.
    static func words(of command: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in command {
            if isEscaped {
                // Within double quotes a backslash escapes only what would mean something there.
                if quote == "\"", character != "\"", character != "\\" { word = (word ?? "") + "\\" }
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil, !isEscaped else { return nil }
        if let word { words.append(word) }
        return words
    }
}
