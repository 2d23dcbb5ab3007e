import Foundation

/// The rule for paths inside a bundle: relative, plain components, printable, the same on every system.
public enum BundlePath {
    /// The path of the manifest, which is the first entry and does not list itself.
    public static let manifest = "manifest.json"

    /// The longest path, in UTF-8 bytes.
    static let maximumBytes = 1024
    /// The longest component, in UTF-8 bytes: what common file systems take.
    static let maximumComponentBytes = 255

    /// The most components: a bundle has four, and each makes a directory when it is unpacked.
    static let maximumComponents = 5

    /// What is wrong with the path, or nil when a bundle may hold it.
    public static func fault(in path: String) -> String? {
        if path.isEmpty { return "the path is empty" }
        if path.utf8.count > maximumBytes { return "the path is longer than \(maximumBytes) bytes" }
        if path.hasPrefix("/") { return "the path is absolute" }
        if let scalar = refusedScalar(in: path) {
            return "the path holds the character U+\(String(scalar.value, radix: 16, uppercase: true))"
        }
        let components = path.split(separator: "/", omittingEmptySubsequences: false)
        if components.count > maximumComponents { return "the path has more than \(maximumComponents) components" }
        for component in components {
            if component.isEmpty { return "the path has an empty component" }
            if component == "." || component == ".." { return "the path has the component \"\(component)\"" }
            if component.utf8.count > maximumComponentBytes {
                return "a component is longer than \(maximumComponentBytes) bytes"
            }
        }
        return nil
    }

    /// Whether the left path comes first: by UTF-8 bytes, whatever the locale.
    static func precedes(_ left: String, _ right: String) -> Bool {
        var (left, right) = (left, right)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                guard let first = left.baseAddress, let second = right.baseAddress else {
                    return left.count < right.count
                }
                let order = memcmp(first, second, min(left.count, right.count))
                return order != 0 ? order < 0 : left.count < right.count
            }
        }
    }

    /// Nearly all paths are plain ASCII, which needs no look at each character's category.
    private static func refusedScalar(in path: String) -> Unicode.Scalar? {
        var copy = path
        let isPlain = copy.withUTF8 { bytes in
            for byte in bytes where byte < 0x20 || byte > 0x7E || byte == UInt8(ascii: "\\") { return false }
            return true
        }
        return isPlain ? nil : path.unicodeScalars.first(where: isRefused)
    }

    /// Control characters would forge lines of a listing, invisible and direction marks would hide a name, and a
    /// backslash separates components on some systems.
    private static func isRefused(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: scalar == "\\"
        }
    }
}
