/** A user of a WordPress store. The people and their passwords are invented, the hashes are WordPress's. */
export interface WordPressAccount {
  readonly login: string;
  readonly email: string;
  readonly password: string;
  readonly stored: string;
}

/** Users of WordPress 7.1 whose passwords were set by several versions, plugins and tools. */
export const WORDPRESS_ACCOUNTS: readonly WordPressAccount[] = [
  {
    login: 'admin',
    email: 'admin@store.test',
    password: 'Admin-pass-1!',
    // wp-bcrypt-10
    stored: '$wp$2y$10$BfYm64zIouApIhplyuKUcOsVYPc8/x0FmYNeLhUK9sxvu5BTNTCX.',
  },
  {
    login: 'owner',
    email: 'owner@store.test',
    password: 'Owner pass 12!',
    // wp-bcrypt-12
    stored: '$wp$2y$12$noUgvzmUP4EAHfILSHScPeBwlWSf77HFZ34iH1W07Z955mSHbBvQm',
  },
  {
    login: 'manager.maria',
    email: 'maria@store.test',
    password: 'Maria-phpass-2019',
    // phpass-P-B
    stored: '$P$BKAptDrcJSmEtyrrCm1utwCkgKPc1R/',
  },
  {
    login: 'editor.ed',
    email: 'ed@store.test',
    password: 'Ed-phpass-pass',
    // phpass-P-B
    stored: '$P$BC.49Dlpk9CRK2Ma9knJuZ0vXzOqUx1',
  },
  {
    login: 'customer.carl',
    email: 'carl@kunde.test',
    password: 'carl-md5-pass',
    // md5
    stored: '72e88197dcf1f74b9b52a82d74b0fa84',
  },
  {
    login: 'subscriber.sue',
    email: 'sue@store.test',
    password: 'Sue-plain-bcrypt',
    // bcrypt-2y-10
    stored: '$2y$10$KgAMOM7nT7TlDdzr3MB4hOfpozjazBq7LWt4K8z2u.zhfKXQooiv6',
  },
  {
    login: 'manager.bcrypt',
    email: 'bcrypt@store.test',
    password: 'Plain-bcrypt-manager-with-a-very-long-password-of-more-than-seventy-two-bytes-in-all!',
    // bcrypt-2y-10
    stored: '$2y$10$LjxhVU9Ry5Ctq.uVBwUaSeYtRUd2U4HL9SPPNIAubZnuYVEqzkHRS',
  },
  {
    login: 'both.bob',
    email: 'bob@store.test',
    password: 'Bob-both-roles',
    // wp-bcrypt-10
    stored: '$wp$2y$10$bz6h6w6sVl3SzYweX.V4zOBUubjsZLxVJUBz.BXnYhlq3LmwErAU.',
  },
  {
    login: 'nobody.ned',
    email: 'ned@store.test',
    password: 'Ned-no-role',
    // wp-bcrypt-10
    stored: '$wp$2y$10$lhfVKS/CMHSR35obMva2tOl5For3/WP9sWMTOBvwflpmPF9zeROQ.',
  },
  {
    login: 'UpperCase',
    email: 'Upper.Case@Store.TEST',
    password: 'Upper-Case-Pass',
    // wp-bcrypt-10
    stored: '$wp$2y$10$PwvD58sFvGjqyUgimALn1Oz5iw9sDsmvAbgnTWY76xXWNTV7kbjTW',
  },
  {
    login: 'магазин',
    email: 'shop@кошик.test',
    password: 'Пароль-магазина-1',
    // wp-bcrypt-10
    stored: '$wp$2y$10$NMdoPmakXhqnLzjimCF4dutEa2Eq1QA3LBoOXl3C8jeDvYltDmFei',
  },
  {
    login: 'John Smith',
    email: 'john.smith@store.test',
    password: 'johns secret',
    // phpass-P-B
    stored: '$P$BpwgJdldSF/i4MOqUr9KuBrt1/W17k0',
  },
  {
    login: 'anna@kunde.test',
    email: 'anna.other@kunde.test',
    password: 'Anna-login-is-mail',
    // wp-bcrypt-10
    stored: '$wp$2y$10$o2A2gK3C5XeF5zbUFkPU5.jeLYGO4wkcXNeg90CDcnykmPicoLRUK',
  },
  {
    login: 'argon.amy',
    email: 'amy@store.test',
    password: 'Amy-argon2id-pass',
    // argon2id
    stored:
      '$argon2id$v=19$m=65536,t=4,p=1$ZHhYMnovZm9IYjJ6TFEwbg$fYcmn6vHsrpLzPxvi+8OeqZ04xyMzmnUi0Y/lqukJqc',
  },
  {
    login: 'argon.abe',
    email: 'abe@store.test',
    password: 'Abe-argon2i-pass',
    // argon2i
    stored:
      '$argon2i$v=19$m=16384,t=3,p=1$RG9Dei9Sb3ViZmVFUUhMQg$EQG6ZR4vxHHPlqkAiB/l49qSGCb2VDkjCcaXkvloZw4',
  },
  {
    login: 'md5.mike',
    email: 'mike@store.test',
    password: 'mike-md5-manager',
    // md5
    stored: '54816fa5399a8b77411e1e3813fc5bc4',
  },
  {
    login: 'quote.quinn',
    email: 'quinn@store.test',
    password: `Quinn's "quoted" pass`,
    // wp-bcrypt-10
    stored: '$wp$2y$10$n28hYZCxYRd2ZpjnmP/Dvu/eVEz9B3BUy.GqBAjeKzUjaL63erY6i',
  },
  {
    login: 'quote.cli',
    email: 'quotecli@store.test',
    password: `Cli's quoted pass`,
    // wp-bcrypt-10
    stored: '$wp$2y$10$mQq5SI6iSYcc9zEfhepxnOSOe5GayNBVhVbledmfHJGllSXGsqay2',
  },
  {
    login: 'custom.cora',
    email: 'cora@store.test',
    password: 'Cora-custom-role',
    // wp-bcrypt-10
    stored: '$wp$2y$10$gZ14pI8jw6.W1nGoKiWTuu0Fzkr70xGi6j29OhwQNFZ/v2NyUibBC',
  },
  {
    login: 'cap.cain',
    email: 'cain@store.test',
    password: 'Cain-own-capability',
    // wp-bcrypt-10
    stored: '$wp$2y$10$Cf/QKZ.1.d1NMAddUQ4EzOB8M7mAJR6BEmCmGz7O4jMqmr5vGrUZ6',
  },
  {
    login: 'denied.dora',
    email: 'dora@store.test',
    password: 'Dora-denied',
    // wp-bcrypt-10
    stored: '$wp$2y$10$oeuJwbLJZY5UYs6mWXLoNuCPBeVFeHARcv47gN3sCvjSKwAB0zAQe',
  },
  {
    login: 'leaver.lena',
    email: 'lena@store.test',
    password: 'Lena-left',
    // wp-bcrypt-10
    stored: '$wp$2y$10$bP0ckvymuzokG5/ElUUsK.58/9Hnt3rWt.42rJE73cq6Rb.EqSFlG',
  },
];
