import Formats
import Foundation

/// How a Content Security Policy names a style or a script that stands in the page.
enum SourceHash {
    /// The SHA-256 of the text, in base64.
    static func of(_ text: String) -> String { Data(Digest.sha256(of: text.utf8)).base64EncodedString() }
}
