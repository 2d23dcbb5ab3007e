import Formats
import Foundation
import RunModel
import Secrets

extension RunDirectory {
    /// The largest piece of evidence of which a document shows the beginning, in bytes.
    private static let largestShown = 16 << 20

    /// A kept piece of evidence for a document; nil when it is not there, or the bundle is written without it.
    ///
    /// - Parameter redactor: a piece in which it finds a secret is withheld from the bundle, and from the documents with it.
    func evidence(_ reference: EvidenceReference, redactor: Redactor) -> [UInt8]? {
        guard reference.isPlain, reference.size <= Self.largestShown,
            let data = try? OutsideFile.bytes(of: url.appending(path: reference.path).path, limit: Self.largestShown)
        else { return nil }
        let bytes = [UInt8](data)
        return redactor.leaks(in: bytes).isEmpty ? bytes : nil
    }
}

extension EvidenceReference {
    /// Whether the name is one that a run gives: a journal from outside may name any file.
    fileprivate var isPlain: Bool {
        sha256.utf8.count == 64
            && (sha256 + fileExtension).utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
    }
}
