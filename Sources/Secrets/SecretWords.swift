/// The names under which people keep secrets.
public enum SecretWords {
    /// Ends of names, in lower case and without hyphens and underscores.
    private static let ends = [
        "password", "passwd", "passphrase", "pwd", "secret", "token", "apikey", "accesskey", "secretkey", "privatekey",
        "authkey", "signingkey", "encryptionkey", "credential", "credentials",
    ]

    /// Whether a field, a variable or an option of this name holds a secret.
    public static func isSecretName(_ name: some StringProtocol) -> Bool {
        isSecretName(Array(name.utf8)[...])
    }

    static func isSecretName(_ name: ArraySlice<UInt8>) -> Bool {
        var plain: [UInt8] = []
        for byte in name where byte != UInt8(ascii: "_") && byte != UInt8(ascii: "-") {
            plain.append(byte.isLetter ? byte | 0x20 : byte)
        }
        return utf8Ends.contains { plain.count >= $0.count && plain.suffix($0.count).elementsEqual($0) }
    }

    private static let utf8Ends = ends.map { Array($0.utf8) }
}
