import Diagnosis
import RunModel

/// The file under version control that findings belong to: the configuration, as the run was given it.
struct SourcePlace {
    /// From the repository's root; nil when the run does not know such a file.
    let path: String?
    /// Counted from 1.
    let line = 1

    /// The option of a run that names its configuration.
    static let option = "config"

    init(of document: Document) {
        path = document.header.options[Self.option].flatMap { Self.isRelative($0) ? $0 : nil }
    }

    /// A path that a reader of the repository can open, and nothing that leads elsewhere.
    private static func isRelative(_ path: String) -> Bool {
        !path.isEmpty && !path.hasPrefix("/") && !path.contains("..") && !path.contains(":")
            && path.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F && $0 != "\\" && $0 != "%" }
    }
}

extension Finding {
    /// The same from run to run: of the rule and the check, and of nothing that was measured.
    func fingerprint(in environment: String) -> String { "\(environment)/\(id)" }
}
