import Foundation

/// Secrets of many shapes, all of them made up.
enum Canaries {
    static let values: [String] = [
        // Keys as vendors make them.
        "hk_live_Zq83mVx0Lw27Ty", "AKIACANARY0000EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "ghp_c4n4ryC4N4RYc4n4ryC4N4RYc4n4ryC4N4RY", "glpat-c4n4ry-C4N4RY_c4n4",
        "c0ffee00-1234-4abc-8def-0123456789ab", "9d41c8f07ab2e35601d4f9ac83be6725",
        "MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3A=",
        "IQoJb3JpZ2luX2VjE+canary/session==", "xoxb-000000000000-c4n4ryc4n4ry",
        // Passwords as people and generators make them.
        "correct horse battery staple", "Tr0ub4dor&3", "p@ss:w0rd/with?url#parts", "pä$$ w/rd+\"x\\y<&>%41'=z",
        "100%41percent%sign", "%2Falready%20encoded", "back\\slash\\nnot-newline", "\\u0041\\u0042-looks-escaped",
        "&amp;entity&#39;look", "quote\"and'quote`", "tab\tin\tside", "newline\nin the middle", "trailing-percent%",
        "trailing-backslash\\", "trailing-ampersand&", "%leading-percent", "\\leading-backslash", "&leading;ampersand",
        "nbrtf-begins-like-escape", "+plus+and space+", "<script>alert(1)</script>", "${not:a-reference}",
        "a=b&c=d;e=f",
        "日本語のパスワード", "ключ-доступа-42", "😀emoji😀secret😀", "e\u{301}combining-accent", "ÄÖÜäöüß-Umlaute",
        // Short ones.
        "abc123", "s3cr3t", "hunter2!",
        // Long ones.
        String(repeating: "Ab3-", count: 50),
        "-----BEGIN CANARY-----\nAbCdEfGh0123456789+/\nIjKlMnOp9876543210+/\n-----END CANARY-----",
    ]
}
