import CCrypto

/// SHA-256 and HMAC-SHA-256 over libcrypto, which is in the process anyway (libcurl and libpq bring it).
public enum Digest {
    /// The SHA-256 of the bytes: 32 bytes.
    public static func sha256(of bytes: some Sequence<UInt8>) -> [UInt8] {
        var hasher = SHA256Hasher()
        hasher.update(Array(bytes))
        return hasher.finish()
    }

    /// The SHA-256 of the UTF-8 bytes of a text, in lower-case hexadecimal.
    public static func sha256Hex(of text: String) -> String { hexadecimal(sha256(of: text.utf8)) }

    /// The SHA-256 of the bytes, in lower-case hexadecimal.
    public static func sha256Hex(of bytes: some Sequence<UInt8>) -> String { hexadecimal(sha256(of: bytes)) }

    /// The SHA-1 of a text, in lower-case hexadecimal: a name for files of other programs, no protection of anything.
    public static func sha1Hex(of text: String) -> String {
        let bytes = Array(text.utf8)
        var result = [UInt8](repeating: 0, count: 20)
        var length: UInt32 = 0
        EVP_Digest(bytes, bytes.count, &result, &length, EVP_sha1(), nil)
        return hexadecimal(result)
    }

    /// HMAC-SHA-256 (RFC 2104): 32 bytes.
    public static func hmacSHA256(key: [UInt8], message: some Sequence<UInt8>) -> [UInt8] {
        let message = Array(message)
        var result = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        // libcrypto wants a non-null key pointer even for an empty key.
        let key = key.isEmpty ? [0] : key
        let keyLength = Int32(key == [0] ? 0 : key.count)
        _ = HMAC(EVP_sha256(), key, keyLength, message, message.count, &result, &length)
        return result
    }

    /// Lower-case hexadecimal digits of the bytes.
    public static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// SHA-256 of bytes that come in pieces.
public struct SHA256Hasher: ~Copyable {
    private let context: OpaquePointer?

    public init() {
        context = EVP_MD_CTX_new()
        EVP_DigestInit_ex(context, EVP_sha256(), nil)
    }

    deinit { EVP_MD_CTX_free(context) }

    public mutating func update(_ bytes: [UInt8]) {
        EVP_DigestUpdate(context, bytes, bytes.count)
    }

    public mutating func update(_ buffer: UnsafeRawBufferPointer) {
        EVP_DigestUpdate(context, buffer.baseAddress, buffer.count)
    }

    /// The 32 bytes of the digest. The hasher must not be used afterwards.
    public mutating func finish() -> [UInt8] {
        var result = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        EVP_DigestFinal_ex(context, &result, &length)
        return result
    }
}
